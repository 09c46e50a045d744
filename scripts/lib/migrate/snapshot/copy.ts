import { constants, copyFileSync, existsSync, rmSync } from "node:fs";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { Progress, Reporter } from "../../cli/reporter.ts";
import { copyDatabase, settleCopy } from "../../db/sqlite/backup.ts";
import type { FileFacts } from "../../db/sqlite/check.ts";
import { copyFileLocked } from "../../db/sqlite/file-copy.ts";
import { openSource } from "../../db/sqlite/open.ts";
import { chooseWay, stamp, type Way } from "./way.ts";

/** Up to this size, in bytes, writers of a database without WAL wait for the copy: less than a second. */
const shortCopy = 256e6;
/** How often a copy may begin anew because of writers before they have to wait for it. */
const patience = 3;
/** How long a copy may stand still behind somebody's lock, in ms. */
const standstill = 60_000;

/**
 * Copies the source at one point in time to `copy`, by the way that fits it. The source and its folder stay as they are.
 */
export async function copySource(file: string, copy: string, facts: FileFacts, reporter: Reporter): Promise<void> {
  const way = chooseWay(file, facts);
  if (way !== "locked" && (await copyUnlocked(way, file, copy, facts, reporter))) return;
  try {
    if (!facts.wal && facts.bytes <= shortCopy && (await copyWhole(file, copy, facts, reporter))) return;
    removeCopy(copy);
    await copyLocked(file, copy, facts, reporter);
  } catch (error) {
    // Where the log's index cannot be made, or a dead program's journal waits to be rolled back: the folder is read-only.
    if (!needsWriting(error) || !(await copyUnlocked("staged", file, copy, facts, reporter))) throw error;
  }
  settleCopy(copy, file);
}

/** As one file, under SQLite's own lock. False where it came to be in WAL mode meanwhile. */
async function copyWhole(file: string, copy: string, facts: FileFacts, reporter: Reporter): Promise<boolean> {
  const progress = reporter.progress("snapshot", Math.ceil(facts.bytes / facts.pageSize), "pages");
  try {
    return await copyFileLocked(file, copy, (done) => progress.update(Math.floor(done / facts.pageSize)));
  } finally {
    progress.done();
  }
}

async function copyLocked(file: string, copy: string, facts: FileFacts, reporter: Reporter): Promise<void> {
  const hold = facts.wal || facts.bytes <= shortCopy;
  const options = { immutable: false, hold, restarts: hold ? Number.POSITIVE_INFINITY : patience };
  try {
    await backupWithProgress(file, copy, options, reporter);
  } catch (error) {
    if (!(error instanceof TooManyRestarts)) throw error;
    reporter.note("the source is written all the time: its writers wait until the copy is taken");
    removeCopy(copy);
    await backupWithProgress(file, copy, { ...options, hold: true, restarts: Number.POSITIVE_INFINITY }, reporter);
  }
}

/** Copies without locks. False where somebody wrote meanwhile, and the copy is worth nothing. */
async function copyUnlocked(
  way: Exclude<Way, "locked">,
  file: string,
  copy: string,
  facts: FileFacts,
  reporter: Reporter,
): Promise<boolean> {
  const before = stamp(file);
  removeCopy(copy);
  if (way === "quiet" && facts.walBytes === 0) {
    await backupWithProgress(file, copy, { immutable: true, hold: true, restarts: 0 }, reporter);
  } else {
    for (const suffix of ["", "-wal", "-journal"]) copyPart(file + suffix, copy + suffix);
  }
  if (stamp(file) !== before) {
    removeCopy(copy);
    return false;
  }
  settleCopy(copy, file);
  return true;
}

function copyPart(from: string, to: string): void {
  if (!existsSync(from)) return;
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    throw new LandfallError(
      "source",
      `${from} cannot be copied: ${messageOf(error)}`,
      "check the right to read it and the space left in the run folder",
      { cause: error },
    );
  }
}

class TooManyRestarts extends Error {}

async function backupWithProgress(
  file: string,
  copy: string,
  options: { immutable: boolean; hold: boolean; restarts: number },
  reporter: Reporter,
): Promise<void> {
  let progress: Progress | undefined;
  let [last, moved, restarts] = [0, Date.now(), 0];
  try {
    await copyDatabase(file, copy, {
      ...options,
      onProgress(done, total) {
        progress ??= reporter.progress("snapshot", total, "pages");
        progress.update(done);
        if (done < last) restarts += 1;
        if (restarts > options.restarts) throw new TooManyRestarts();
        if (done !== last) moved = Date.now();
        else if (Date.now() - moved > standstill) throw locked(file);
        last = done;
      },
    });
  } finally {
    progress?.done();
  }
}

const locked = (file: string) =>
  new LandfallError(
    "source",
    `${file} is locked by another program`,
    "wait until it is done, or stop it, then run this again",
  );

/**
 * Opens the source and closes it again; a log or a journal that a program left when it died is the copy's business.
 * @throws {LandfallError} source, where it is no file that a copy could be taken of
 */
export function lookAtSource(file: string): void {
  try {
    openSource(file).close();
  } catch (error) {
    if (!needsWriting(error)) throw error;
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN, by the words that errors.ts has for them. */
function needsWriting(error: unknown): boolean {
  const code = (error as { cause?: { errcode?: number } }).cause?.errcode ?? 0;
  return [8, 14].includes(code & 0xff);
}

/** Takes away what there is of a copy, with the files that SQLite keeps beside it. */
export function removeCopy(copy: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(copy + suffix, { force: true });
}
