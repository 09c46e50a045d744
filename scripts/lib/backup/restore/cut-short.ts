import { existsSync } from "node:fs";
import { join } from "node:path";
import { isHeld } from "../../../../machine/lock.ts";
import { LandfallError } from "../../cli/errors.ts";

/** What a restore in place writes down before it stops anything; gone when it has come to its end. */
export const journalOf = (records: string): string => join(records, "restore-in-progress.json");

/** Held by the restore that runs. */
export const restoreLockOf = (records: string): string => join(records, "restore.lock");

/** Whether a restore in place was killed before its end: the database is stopped then, and its data folder half of one. */
export const isCutShort = (records: string): boolean =>
  existsSync(journalOf(records)) && !isHeld(restoreLockOf(records));

/** Asks the same of another file system. $0 is the records' folder. */
export const cutShortScript =
  'test -e "$0/restore-in-progress.json" && ! kill -0 "$(cat "$0/restore.lock" 2>/dev/null)" 2>/dev/null';

/** What to say of it, and to do. */
export const cutShort = (stack: string): LandfallError =>
  new LandfallError(
    "backup",
    `a restore in place of the stack ${stack} was cut short: the database is stopped, and its data folder may be half of one`,
    `npm run restore -- --stack ${stack} --yes, with the same target; what the earlier one had moved aside is kept`,
  );
