import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { type Header, nameOther, readHeader } from "./header.ts";

/** What can be known of a SQLite file without opening it as a database. */
export interface FileFacts extends Header {
  bytes: number;
  /** Size of FILE-wal, 0 where there is none: committed rows that are not in the file yet. */
  walBytes: number;
  /** Size of FILE-journal, 0 where there is none: a writer is at work, or died in the middle. */
  journalBytes: number;
  folderWritable: boolean;
}

/**
 * Looks at a file before SQLite does, because SQLite opens nearly anything and then says "file is not a database".
 * @throws {LandfallError} source: missing, a folder, unreadable, empty, not SQLite, encrypted, truncated
 */
export function checkFile(file: string): FileFacts {
  const { head, bytes } = readHead(file);
  const walBytes = sizeOf(`${file}-wal`);
  const journalBytes = sizeOf(`${file}-journal`);
  if (bytes === 0) {
    const log = walBytes > 0 ? ` although ${file}-wal has ${walBytes}` : "";
    throw refuse(`${file} is empty (0 bytes)${log}`, "name the right file, or restore it from a backup");
  }
  const header = readHeader(head);
  if (!header) {
    const { what, hint } = nameOther(head, bytes);
    throw refuse(`${file} is ${what}`, hint);
  }
  if (header.unknown !== null) {
    throw refuse(
      `${file} cannot be read: ${header.unknown}`,
      "decrypt it, or make a plain copy with the program that wrote it: VACUUM INTO 'COPY.sqlite'",
    );
  }
  const needed = (header.pages ?? 1) * header.pageSize;
  // While a log or a journal is there, the header in the file may run ahead of it or behind.
  if (bytes < needed && walBytes === 0 && journalBytes === 0) {
    throw refuse(
      `${file} is truncated: it has ${bytes} of ${needed} bytes`,
      "copy it again, or restore it from a backup",
    );
  }
  return { ...header, bytes, walBytes, journalBytes, folderWritable: isWritable(dirname(file)) };
}

function readHead(file: string): { head: Buffer; bytes: number } {
  let descriptor: number;
  try {
    if (statSync(file).isDirectory()) throw refuse(`${file} is a folder`, "name the SQLite file in it");
    if (!statSync(file).isFile()) throw refuse(`${file} is not an ordinary file`, "name a SQLite file");
    descriptor = openSync(file, "r");
  } catch (error) {
    throw explainOpen(error, file);
  }
  try {
    const head = Buffer.alloc(4096);
    return { head: head.subarray(0, readSync(descriptor, head)), bytes: fstatSync(descriptor).size };
  } finally {
    closeSync(descriptor);
  }
}

function explainOpen(error: unknown, file: string): LandfallError {
  if (error instanceof LandfallError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") {
    if (sizeOf(`${file}-wal`) > 0)
      return refuse(`${file} does not exist, only its log ${file}-wal`, "put the database file beside its log");
    return refuse(`${file} does not exist`, "check the path of the SQLite file");
  }
  if (code === "EACCES" || code === "EPERM")
    return refuse(`${file} may not be read by this user`, "run this as a user who may, or change its mode");
  return refuse(`${file} cannot be read: ${messageOf(error)}`, "check the path and the disk");
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const refuse = (message: string, hint: string) => new LandfallError("source", message, hint);
