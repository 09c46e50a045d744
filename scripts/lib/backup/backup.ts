import type { StackOutputs } from "../../../infra/contract.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import type { LocalBackup } from "../stack/beside.ts";
import {
  type BackupEntry,
  listBackups,
  mustPgbackrest,
  type PgbackrestPlace,
  repositoryNumbers,
} from "./pgbackrest.ts";
import { addRecord } from "./records.ts";
import { keepRestorePoints } from "./restore-points.ts";
import { fullBackupsToKeep } from "./retention.ts";
import { mustVerify, type Verification } from "./verify.ts";

export const backupTypes = ["full", "diff", "incr"] as const;
export type BackupType = (typeof backupTypes)[number];

export interface BackupResult {
  stack: string;
  /** The backup in the first repository. */
  backup: BackupEntry;
  /** One for each repository. */
  backups: BackupEntry[];
  /** Time of the backups themselves, without what is checked after them, milliseconds. */
  durationMs: number;
  /** Bytes of database a second. */
  rate: number;
  /** Empty where it was not asked for. */
  verified: Verification[];
  /** Labels that retention removed. */
  expired: string[];
}

/** What is kept of a backup in the records: its figures, and how the checks after it went. */
export interface BackupRecord extends BackupEntry {
  durationMs: number;
  rate: number;
  verified: boolean;
}

/**
 * Takes a backup into each repository, checks that WAL still reaches them, reads them back, and lets go of what retention no
 * longer asks for. A differential or incremental one without a full one before it becomes full.
 * @throws {LandfallError} "backup" with pgBackRest's error
 */
export async function backup(
  outputs: StackOutputs & { backup: LocalBackup },
  type: BackupType,
  verify: boolean,
  reporter: Reporter,
): Promise<BackupResult> {
  const place = outputs.backup;
  const started = Date.now();
  const numbers = repositoryNumbers(place);
  const made: BackupEntry[] = [];
  for (const number of numbers) {
    reporter.step(1, 4, `Backing up (${type})${numbers.length > 1 ? ` into repository ${number}` : ""}`);
    made.push(await backUpInto(place, type, number));
  }
  const durationMs = Date.now() - started;
  const [first] = made;
  if (!first) throw new LandfallError("internal", "the stack has no repository", "npm run up");
  await keepRestorePoints(outputs);
  reporter.step(2, 4, "Checking that WAL reaches the repository");
  await mustPgbackrest(place, ["check"], "read the log of postgres for archive_command's error");
  reporter.step(3, 4, verify ? "Reading the repository back" : "Not reading the repository back, as asked");
  const rate = first.databaseBytes / (durationMs / 1000 / numbers.length);
  const record = (verified: boolean) => {
    for (const entry of made) {
      const value: BackupRecord = { ...entry, durationMs: Math.round(durationMs / numbers.length), rate, verified };
      addRecord(place.records, "backups", value);
    }
  };
  const verified = verify
    ? await mustVerify(place).catch((error: unknown) => {
        record(false);
        throw error;
      })
    : [];
  record(verify);
  reporter.step(4, 4, "Letting go of what retention no longer asks for");
  return {
    stack: outputs.stack,
    backup: first,
    backups: made,
    durationMs,
    rate,
    verified,
    expired: await expire(place),
  };
}

async function backUpInto(place: PgbackrestPlace, type: BackupType, repository: number): Promise<BackupEntry> {
  const before = new Set((await listBackups(place, repository)).map(({ label }) => label));
  await mustPgbackrest(
    place,
    [`--repo=${repository}`, `--type=${type}`, "backup"],
    "npm run status; if PostgreSQL answers, read its log and pgBackRest's",
  );
  const made = (await listBackups(place, repository)).at(-1);
  if (!made || before.has(made.label)) {
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
      "read pgBackRest's log for the files, and restore an older backup beside the database (npm run restore -- --beside)",
    );
  }
  return made;
}

/** Applies retention to every repository. @returns the labels that are gone */
export async function expire(place: PgbackrestPlace): Promise<string[]> {
  const gone: string[] = [];
  for (const number of repositoryNumbers(place)) {
    const before = await listBackups(place, number);
    const keep = fullBackupsToKeep(before, place.retention, new Date());
    const option = `--repo${number}-retention-full`;
    const args = [`--repo=${number}`, `${option}=${keep}`, `${option}-type=count`, "expire"];
    await mustPgbackrest(place, args, "npm run status, then run this again");
    const after = new Set((await listBackups(place, number)).map(({ label }) => label));
    gone.push(...before.map(({ label }) => label).filter((label) => !after.has(label)));
  }
  return gone;
}
