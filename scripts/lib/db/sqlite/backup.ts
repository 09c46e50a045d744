import { backup, DatabaseSync } from "node:sqlite";
import { LandfallError } from "../../cli/errors.ts";
import { isSqliteError, toSourceError } from "./errors.ts";
import { openDatabase } from "./open.ts";

export interface BackupOptions {
  /** Reads without locks: only while nobody writes the file. */
  immutable: boolean;
  /**
   * Keeps one read transaction for the whole of it. Blocks nobody in WAL mode; otherwise it blocks commits.
   * Without it writers get in between, and the copy begins anew when one does.
   */
  hold: boolean;
  /** Pages copied and pages in all, after each some MB. @throws to give up */
  onProgress: (done: number, total: number) => void;
}

/** Pages between two looks at progress, and between two chances for a writer: 16 MB of usual pages. */
const pagesAStep = 4096;

/**
 * Copies a database as it is at one point in time, its log included, by SQLite's online backup.
 * @throws {LandfallError} source, where the file cannot be read; machine, where the copy cannot be written
 */
export async function copyDatabase(file: string, copy: string, options: BackupOptions): Promise<void> {
  const database = openDatabase(file, { immutable: options.immutable });
  try {
    if (options.hold) database.exec("BEGIN; SELECT 1 FROM sqlite_schema");
    await backup(database, copy, {
      rate: pagesAStep,
      progress: ({ totalPages, remainingPages }) => options.onProgress(totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    throw toCopyError(error, file, copy);
  } finally {
    database.close();
  }
}

/**
 * Makes one self-contained file of a copied database and the log or journal that was copied beside it: what the log has is
 * written into the file, what the journal has is rolled back. Needs the right to write, so never done to a source.
 */
export function settleCopy(copy: string, file: string): void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(copy, { enableForeignKeyConstraints: false });
    database.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE");
  } catch (error) {
    throw toCopyError(error, file, copy);
  } finally {
    database?.close();
  }
}

/**
 * "Disk full", in SQLite's number or the system's words, is the copy's; all else that they say is the source's. What
 * somebody threw to give up comes back as it is.
 */
export function toCopyError(error: unknown, file: string, copy: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if ((isSqliteError(error) && (error.errcode & 0xff) === 13) || code === "ENOSPC" || code === "EDQUOT")
    return new LandfallError(
      "machine",
      `no disk space left for the copy ${copy}`,
      "free space there, then run the same command again",
      { cause: error },
    );
  return code === undefined ? error : toSourceError(error, file);
}
