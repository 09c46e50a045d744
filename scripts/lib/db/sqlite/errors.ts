import { LandfallError, messageOf } from "../../cli/errors.ts";

/** What node:sqlite throws for an error of SQLite's own. */
interface SqliteError extends Error {
  code: "ERR_SQLITE_ERROR";
  /** SQLite's extended result code; its low byte is the primary one. */
  errcode: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as Partial<SqliteError>).code === "ERR_SQLITE_ERROR";
}

const salvage = "restore it from a backup, or salvage it: sqlite3 FILE .recover | sqlite3 NEW.sqlite";

/** A file in which rows may be missing or wrong. @param says what SQLite says of it */
export const damaged = (file: string, says: string) =>
  new LandfallError("source", `${file} is damaged: ${says}`, salvage);

/** By primary result code: https://sqlite.org/rescode.html. */
const explanations: Record<number, (file: string, says: string) => [message: string, hint: string]> = {
  3: (file) => [`${file} may not be read by this user`, "run this as a user who may, or change its mode"],
  5: (file) => [`${file} is locked by another program`, "wait until it is done, or stop it, then run this again"],
  6: (file) => [`${file} is locked by another program`, "wait until it is done, or stop it, then run this again"],
  8: (file, says) => [
    `${file} cannot be read as it is: ${says}`,
    "copy it with its -wal or -journal and name the copy",
  ],
  10: (file, says) => [`${file} cannot be read: ${says}`, "check the disk, or copy the file to another one"],
  11: (file, says) => [`${file} is damaged: ${says}`, salvage],
  13: (file) => [`no disk space left while reading ${file}`, "free space, then run the same command again"],
  14: (file, says) => [`${file} cannot be opened: ${says}`, "check the rights on the file, its folder and its -wal"],
  26: (file) => [`${file} is encrypted, or not a SQLite database`, "decrypt it first, or name the right file"],
};

/** Turns anything that reading a SQLite file threw into the error that its reader can act on. */
export function toSourceError(error: unknown, file: string): LandfallError {
  if (error instanceof LandfallError) return error;
  const says = messageOf(error);
  const explain = isSqliteError(error) ? explanations[error.errcode & 0xff] : undefined;
  const [message, hint] = explain?.(file, says) ?? [
    `${file}: SQLite says: ${says}`,
    "check it: sqlite3 FILE '.schema'",
  ];
  return new LandfallError("source", message, hint, { cause: error });
}
