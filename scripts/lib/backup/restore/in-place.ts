import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { StackOutputs } from "../../../../infra/contract.ts";
import type { Daemon } from "../../../../machine/daemon.ts";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import { controlVariable } from "../../stack/container-server.ts";
import { databaseTarget } from "../../stack/targets.ts";
import { causeOf, mustPgbackrest, pgbackrest } from "../pgbackrest.ts";
import { addRecord, makeRecords } from "../records.ts";
import { archiveNow } from "../wal.ts";
import { journalOf } from "./cut-short.ts";
import { describePlan, type RestorePlan } from "./plan.ts";
import { RemoteServer } from "./remote-server.ts";
import { OwnServer, type StackServer } from "./server.ts";
import { describeTarget, recoveryOptions } from "./target.ts";

export interface InPlaceOptions {
  /** Rewrites only files that differ, in the old data folder: faster, and nothing of the old data is kept. */
  delta: boolean;
}

export interface InPlaceResult {
  stack: string;
  backup: string;
  target: string;
  /** From stopping the server to its being open again, milliseconds. */
  downMs: number;
  /** Of that the restore of the files. */
  restoreMs: number;
  timeline: number;
  /** The data as it was before; null where it was not kept. */
  oldData: string | null;
}

/** What a restore writes down before it stops anything, so that one that was killed can be done again. */
interface Journal {
  server: Daemon | null;
  /** Where the old data was moved to; null where it stays in place. */
  oldData: string | null;
}

/**
 * Restores over the running database: stops it, moves its data aside, restores, recovers, opens it on a new timeline. Where
 * that fails, the old data is put back and started again.
 * @throws {LandfallError} backup
 */
export async function restoreInPlace(
  outputs: StackOutputs & { backup: LocalBackup },
  plan: RestorePlan,
  options: InPlaceOptions,
  reporter: Reporter,
): Promise<InPlaceResult> {
  const place = outputs.backup;
  const { dataDirectory, records, run } = place;
  const before = readJournal(place);
  if (before)
    reporter.note("an earlier restore did not come to its end: this one begins anew, and its old data is kept");
  const server = process.env[controlVariable]
    ? new RemoteServer(place)
    : OwnServer.find(run.server, before?.server ?? undefined);
  reporter.step(1, 4, "Sending what is written so far to the repository, and stopping the database");
  if (plan.running) await withConnection(databaseTarget(outputs, "migrator"), archiveNow);
  const oldData = before?.oldData ?? (options.delta ? null : asideOf(dataDirectory));
  makeRecords(records);
  // Holds the server's environment.
  writeFileSync(journalOf(records), JSON.stringify({ server: server.daemon, oldData } satisfies Journal), {
    mode: 0o600,
  });
  const started = Date.now();
  await server.stop();
  if (oldData !== null) moveAside(dataDirectory, oldData);
  // A server that was killed leaves it, and pgBackRest takes it for a sign that one runs.
  else if (!(await server.running())) rmSync(join(dataDirectory, "postmaster.pid"), { force: true });
  makeDataFolder(place);
  try {
    reporter.step(2, 4, `Restoring ${plan.candidate.backup.label}`);
    const restoreStarted = Date.now();
    await restoreInto(place, recoveryOptions(plan.candidate, plan.target), oldData === null);
    const restoreMs = Date.now() - restoreStarted;
    reporter.step(3, 4, `Recovering to ${describeTarget(plan.target)}`);
    await server.start();
    const downMs = Date.now() - started;
    // The checkpointer, which switches WAL after archive_timeout, sleeps on as it did in recovery until something wakes it:
    // without this the first switch may come minutes late.
    await server.ask("CHECKPOINT");
    const timeline = Number(await server.ask("SELECT timeline_id FROM pg_control_checkpoint()"));
    rmSync(journalOf(records));
    const result = { stack: outputs.stack, backup: plan.candidate.backup.label, target: describeTarget(plan.target) };
    addRecord(records, "restores", { ...result, at: new Date().toISOString(), downMs, restoreMs, oldData });
    reporter.step(4, 4, "Checking that WAL of the new timeline reaches the repository");
    await mustPgbackrest(place, ["check"], "read the log of postgres for archive_command's error");
    await warnOfOldPasswords(outputs, reporter);
    return { ...result, downMs, restoreMs, timeline, oldData };
  } catch (error) {
    throw await putBack({ server, place, oldData, journal: journalOf(records) }, plan, error);
  }
}

/** --force: a folder without a PG_VERSION is taken by pgBackRest for somebody else's, also where a killed restore left it. */
async function restoreInto(place: LocalBackup, recovery: string[], delta: boolean): Promise<void> {
  const args = [...recovery, ...(delta ? ["--delta", "--force"] : []), "--log-level-console=warn", "restore"];
  const result = await pgbackrest(place, args);
  if (result.code !== 0) throw new Error(`pgbackrest restore failed: ${causeOf(result)}`);
}

interface Undo {
  server: StackServer;
  place: LocalBackup;
  oldData: string | null;
  journal: string;
}

async function putBack(undo: Undo, plan: RestorePlan, error: unknown): Promise<unknown> {
  const { server, place, oldData, journal } = undo;
  if (!existsSync(journal)) return error;
  await server.stop();
  if (oldData === null || !existsSync(oldData)) {
    return new LandfallError(
      "backup",
      `${messageOf(error)}; the database is stopped, and there is no old data to put back`,
      "mend what it names, and run the same restore again",
      { cause: error },
    );
  }
  rmSync(place.dataDirectory, { recursive: true, force: true });
  renameSync(oldData, place.dataDirectory);
  rmSync(journal);
  const restarted = await server.start().then(
    () => "the database is as it was before, and runs",
    (problem: unknown) => `the old data is back in its place, and does not start: ${messageOf(problem)}`,
  );
  const hint =
    plan.target.to === "latest"
      ? "npm run backups, then --set with another backup"
      : "another target; npm run backups shows the span";
  return new LandfallError("backup", `${messageOf(error)}; ${restarted}`, hint, { cause: error });
}

const asideOf = (dataDirectory: string) =>
  `${dataDirectory}.before-${new Date()
    .toISOString()
    .replaceAll(/[^0-9]/g, "")
    .slice(0, 14)}`;

function moveAside(dataDirectory: string, oldData: string): void {
  // After a killed restore the old data is aside already, and what is here is a part of a backup.
  if (existsSync(oldData)) rmSync(dataDirectory, { recursive: true, force: true });
  else if (existsSync(dataDirectory)) renameSync(dataDirectory, oldData);
}

function makeDataFolder({ dataDirectory, run: { account } }: LocalBackup): void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (account) chownSync(dataDirectory, account.uid, account.gid);
}

/** What a killed restore left; where it got as far as a complete cluster, only how its server is started. */
function readJournal({ records, dataDirectory }: LocalBackup): Partial<Journal> | undefined {
  const file = journalOf(records);
  if (!existsSync(file)) return undefined;
  const { server, oldData } = JSON.parse(readFileSync(file, "utf8")) as Journal;
  // pgBackRest writes this file last: what has it may hold newer rows than any backup, and is not thrown away.
  return existsSync(join(dataDirectory, "global", "pg_control")) ? { server } : { server, oldData };
}

/** Passwords come from the backup too: after a rotation they are not those that the stack hands out. */
async function warnOfOldPasswords(outputs: StackOutputs, reporter: Reporter): Promise<void> {
  await withConnection(databaseTarget(outputs, "migrator"), async () => {}).catch((error: unknown) =>
    reporter.warn(`the restored roles have other passwords (${messageOf(error)}): npm run rotate-passwords`),
  );
}

/** Data folders that restores have moved aside. */
export function oldDataFolders({ dataDirectory }: Pick<LocalBackup, "dataDirectory">): string[] {
  const parent = dirname(dataDirectory);
  if (!existsSync(parent)) return [];
  const names = readdirSync(parent).filter((name) => name.startsWith(`${basename(dataDirectory)}.before-`));
  return names.sort().map((name) => join(parent, name));
}

/** Removes them. @returns which there were */
export function removeOldData(place: LocalBackup): string[] {
  if (existsSync(journalOf(place.records))) {
    throw new LandfallError(
      "busy",
      "a restore has not come to its end, and the old data may be all there is",
      "finish it first: run the same restore again",
    );
  }
  const folders = oldDataFolders(place);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  return folders;
}

export const describeInPlace = (plan: RestorePlan, options: InPlaceOptions): string[] => [
  ...describePlan(plan, "in place"),
  options.delta
    ? "the old data is rewritten and not kept (--delta)"
    : "the old data is kept beside it, until npm run restore -- --remove-old",
];
