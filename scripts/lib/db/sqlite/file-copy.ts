import { type FileHandle, open } from "node:fs/promises";
import { toCopyError } from "./backup.ts";
import { readHeader } from "./header.ts";
import { openDatabase } from "./open.ts";

/** Bytes read and written at once; two such buffers are in use. */
const chunk = 1 << 20;

/**
 * Copies a database that is not in WAL mode byte by byte, while a read transaction keeps its writers from committing: much
 * quicker than page by page through the backup. A journal left by a dead program is found by the transaction, as always.
 * @param onProgress bytes copied and bytes in all. @throws to give up
 * @returns false, with the copy begun or not, where the file is in WAL mode by now
 * @throws {LandfallError} source, where the file cannot be read; machine, where the copy cannot be written
 */
export async function copyFileLocked(
  file: string,
  copy: string,
  onProgress: (done: number, total: number) => void,
): Promise<boolean> {
  let from: FileHandle | undefined;
  let to: FileHandle | undefined;
  try {
    const database = openDatabase(file);
    try {
      database.exec("BEGIN; SELECT 1 FROM sqlite_schema");
      from = await open(file, "r");
      to = await open(copy, "w", 0o600);
      return await copyBytes(from, to, onProgress);
    } finally {
      // Before `from` is closed: closing any descriptor of a file drops the locks that this process has on it.
      database.close();
    }
  } catch (error) {
    throw toCopyError(error, file, copy);
  } finally {
    await from?.close();
    await to?.close();
  }
}

/** Writes each chunk while the next one is read. */
async function copyBytes(
  from: FileHandle,
  to: FileHandle,
  onProgress: (done: number, total: number) => void,
): Promise<boolean> {
  const { size } = await from.stat();
  let [current, next] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)];
  let length = await fill(from, current, 0);
  if (readHeader(current.subarray(0, length))?.wal !== false) return false;
  for (let done = 0; length > 0; ) {
    const part = current.subarray(0, length);
    [, length] = await Promise.all([writeAll(to, part), fill(from, next, done + length)]);
    done += part.length;
    onProgress(done, size);
    [current, next] = [next, current];
  }
  return true;
}

/** Bytes read: fewer than the buffer has at the file's end only. */
async function fill(from: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  for (;;) {
    const { bytesRead } = await from.read(buffer, length, buffer.length - length, position + length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return length;
  }
}

async function writeAll(to: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await to.write(bytes, done, bytes.length - done)).bytesWritten;
}
