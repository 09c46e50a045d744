import type { StackOutputs } from "../../../infra/contract.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { type BackupEntry, listBackups, mustPgbackrest, type PgbackrestPlace } from "./pgbackrest.ts";
import { fullBackupsToKeep } from "./retention.ts";

export const backupTypes = ["full", "diff", "incr"] as const;
export type BackupType = (typeof backupTypes)[number];

export interface BackupResult {
  stack: string;
  backup: BackupEntry;
  /** From the start of the command to its end, milliseconds. */
  durationMs: number;
  /** Labels that retention removed. */
  expired: string[];
}

/**
 * Takes a backup, checks that WAL still reaches the repository, and lets go of what retention no longer asks for.
 * A differential or incremental one without a full one before it becomes full.
 * @throws {LandfallError} "backup" with pgBackRest's error
 */
export async function backup(
  outputs: StackOutputs & { backup: LocalBackup },
  type: BackupType,
  reporter: Reporter,
): Promise<BackupResult> {
  const place = outputs.backup;
  const before = await listBackups(place);
  const started = Date.now();
  reporter.step(1, 3, `Backing up (${type})`);
  await mustPgbackrest(
    place,
    [`--type=${type}`, "backup"],
    "npm run status; if PostgreSQL answers, read its log and pgBackRest's",
  );
  const durationMs = Date.now() - started;
  reporter.step(2, 3, "Checking that WAL reaches the repository");
  await mustPgbackrest(place, ["check"], "read the log of postgres for archive_command's error");
  const made = (await listBackups(place)).at(-1);
  if (!made || before.some(({ label }) => label === made.label)) {
    throw new LandfallError(
      "backup",
      "pgbackrest ended well and left no new backup",
      "pgbackrest info, and look at the repository",
    );
  }
  if (made.damaged) {
    throw new LandfallError(
      "backup",
      `${made.label} holds pages whose checksum is wrong: the database's files are damaged`,
      "read pgBackRest's log for the files, and restore an older backup beside the database (npm run restore-drill)",
    );
  }
  reporter.step(3, 3, "Letting go of what retention no longer asks for");
  return { stack: outputs.stack, backup: made, durationMs, expired: await expire(place) };
}

/** Applies retention. @returns the labels that are gone */
async function expire(place: PgbackrestPlace): Promise<string[]> {
  const before = await listBackups(place);
  const keep = fullBackupsToKeep(before, place.retention, new Date());
  const args = [`--repo1-retention-full=${keep}`, "--repo1-retention-full-type=count", "expire"];
  await mustPgbackrest(place, args, "npm run status, then run this again");
  const after = new Set((await listBackups(place)).map(({ label }) => label));
  return before.map(({ label }) => label).filter((label) => !after.has(label));
}
