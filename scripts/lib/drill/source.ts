import { setTimeout as sleep } from "node:timers/promises";
import type { StackOutputs } from "../../../infra/contract.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { type Fingerprint, fingerprint, listTables } from "../db/fingerprint.ts";
import { Connection, withConnection } from "../db/postgres/connection.ts";
import { quoteQualified } from "../db/postgres/identifiers.ts";
import { databaseTarget } from "../stack/targets.ts";

/** A moment of the source that a copy can be brought to, and what the source held then. */
export interface Moment {
  /** Name of the restore point. */
  restorePoint: string;
  lsn: string;
  takenAt: string;
  content: Fingerprint;
}

const attempts = 5;

/**
 * Marks a moment in the WAL and reads what the source holds at exactly that moment, also while applications write: for the
 * few milliseconds in which the restore point is set and a snapshot is taken, all tables are locked against writing (SHARE);
 * the reading itself then holds no lock that anyone waits for.
 */
export async function markMoment(outputs: StackOutputs, restorePoint: string, reporter: Reporter): Promise<Moment> {
  const target = databaseTarget(outputs, "migrator");
  const reader = await Connection.open(target, "landfall drill");
  try {
    const moment = await withConnection(target, (locker) => freeze(locker, reader, restorePoint));
    const bar = reporter.progress("reading the source", (await listTables(reader)).length, "tables");
    const content = await fingerprint(reader, (done) => bar.update(done));
    bar.done();
    await reader.query("COMMIT");
    await waitForArchive(reader, moment.segment);
    return { restorePoint, lsn: moment.lsn, takenAt: moment.takenAt, content };
  } finally {
    await reader.close();
  }
}

/** @returns where the moment is in the WAL; `reader` then sees that moment and no other */
async function freeze(locker: Connection, reader: Connection, restorePoint: string) {
  for (let attempt = 1; ; attempt++) {
    await locker.query("BEGIN; SET LOCAL lock_timeout = '2s'");
    try {
      for (const [schema, table] of await listTables(locker)) {
        await locker.queryRaw(`LOCK TABLE ONLY ${quoteQualified(schema, table)} IN SHARE MODE`);
      }
      await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await reader.query("SELECT 1");
      const { lsn, time } = await locker.one<{ lsn: string; time: string }>(
        "SELECT pg_create_restore_point($1)::text AS lsn, clock_timestamp()::text AS time",
        [restorePoint],
      );
      await locker.query("COMMIT");
      const { segment } = await locker.one<{ segment: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
      return { lsn, takenAt: time, segment };
    } catch (error) {
      await locker.query("ROLLBACK");
      if ((error as { code?: string }).code !== "55P03" || attempt === attempts) throw error;
      await sleep(500 * attempt);
    }
  }
}

/** The restore reads WAL from the repository: the segment with the restore point must be there first. */
async function waitForArchive(connection: Connection, segment: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { last, failing } = await connection.one<{ last: string | null; failing: boolean }>(
      `SELECT last_archived_wal AS last, coalesce(last_failed_time > last_archived_time, false) AS failing FROM pg_stat_archiver`,
    );
    // Names of segments sort as they follow each other, within a timeline and, after a restore, across timelines.
    if (last !== null && last.slice(0, 24) >= segment) return;
    if (Date.now() > deadline) {
      const why = failing ? "archive_command fails" : `the last segment there is ${last ?? "none"}`;
      throw new LandfallError(
        "drill",
        `WAL ${segment} did not reach the repository within 120 s: ${why}`,
        "read the log of postgres for archive_command's error",
      );
    }
    await sleep(200);
  }
}
