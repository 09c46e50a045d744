import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { StackOutputs } from "../../../infra/contract.ts";
import { ensureControlTables } from "../backup/control-schema.ts";
import { writeMarker } from "../backup/marker.ts";
import { parseSegment, segmentBytes } from "../backup/segments.ts";
import { archivingOf, waitForArchive } from "../backup/wal.ts";
import type { Reporter } from "../cli/reporter.ts";
import { type Catalog, readCatalog } from "../db/catalog.ts";
import { type Fingerprint, fingerprint, listTables, readSequences } from "../db/fingerprint.ts";
import { Connection, withConnection } from "../db/postgres/connection.ts";
import { quoteQualified } from "../db/postgres/identifiers.ts";
import { databaseTarget } from "../stack/targets.ts";

/** What a database holds: its rows and what it is made of. */
export interface Content {
  rows: Fingerprint;
  catalog: Catalog;
}

/** A moment of the source that a copy can be brought to, and what the source held then. */
export interface Moment {
  /** Name of the restore point. */
  restorePoint: string;
  lsn: string;
  takenAt: string;
  /** The WAL segment that holds it. */
  segment: string;
  /** Ids of the marker rows written just before and just after it: the one has to be in the copy, the other must not. */
  markers: { before: string; after: string };
  /** Settles once the segment is in the repository, or would not come there. */
  archived: Promise<void>;
  /** Is being read while the drill goes on. */
  content: Promise<Content>;
}

/** What is written down of a moment. */
export type MomentRecord = Omit<Moment, "restorePoint" | "archived" | "content">;

/** What a drill must leave as it was. */
export interface SourceState {
  systemIdentifier: string;
  timeline: number;
  startedAt: string;
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
    await ensureControlTables(reader);
    const { sequences, ...moment } = await withConnection(target, (locker) => freeze(locker, reader, restorePoint));
    const content = readSource(reader, sequences, reporter);
    const archived = withConnection(target, (connection) => waitForArchive(connection, moment.segment));
    // Whoever asks for it gets the error; until then it must not end the process.
    for (const promise of [archived, content]) promise.catch(() => {});
    return { restorePoint, ...moment, archived, content };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readSource(reader: Connection, sequences: Fingerprint["sequences"], reporter: Reporter) {
  try {
    const catalog = await readCatalog(reader);
    await leaveRoom(reader);
    const rows = await readRows(reader, "reading the source", reporter);
    await reader.query("COMMIT");
    return { rows: { ...rows, sequences }, catalog };
  } finally {
    await reader.close();
  }
}

/** Has the reader take no more than half of the processor's cores: the other half is the applications', and the restore's. */
async function leaveRoom(reader: Connection): Promise<void> {
  const helpers = Math.max(0, Math.floor(availableParallelism() / 2) - 1);
  const name = "max_parallel_workers_per_gather";
  await reader.query(`SELECT set_config('${name}', least(current_setting('${name}')::int, $1)::text, true)`, [helpers]);
}

/** Reads all rows, as the connection's transaction sees them. */
export async function readRows(connection: Connection, title: string, reporter: Reporter): Promise<Fingerprint> {
  const bar = reporter.progress(title, (await listTables(connection)).length, "tables");
  try {
    return await fingerprint(connection, (done) => bar.update(done), "binary");
  } finally {
    bar.done();
  }
}

/** @returns where the moment is in the WAL; `reader` then sees that moment and no other */
async function freeze(locker: Connection, reader: Connection, restorePoint: string) {
  const before = await writeMarker(locker, `before ${restorePoint}`);
  for (let attempt = 1; ; attempt++) {
    await locker.query("BEGIN; SET LOCAL lock_timeout = '2s'");
    try {
      for (const [schema, table] of await listTables(locker)) {
        await locker.queryRaw(`LOCK TABLE ONLY ${quoteQualified(schema, table)} IN SHARE MODE`);
      }
      await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await reader.query("SELECT 1");
      // Now and not later: sequences go on while the snapshot is read.
      const sequences = await readSequences(locker);
      const { lsn, time } = await locker.one<{ lsn: string; time: string }>(
        "SELECT pg_create_restore_point($1)::text AS lsn, clock_timestamp()::text AS time",
        [restorePoint],
      );
      await locker.query("COMMIT");
      const after = await writeMarker(locker, `after ${restorePoint}`);
      const { segment } = await locker.one<{ segment: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
      return { lsn, takenAt: time, segment, sequences, markers: { before: before.id, after: after.id } };
    } catch (error) {
      await locker.query("ROLLBACK");
      await reader.query("ROLLBACK");
      if ((error as { code?: string }).code !== "55P03" || attempt === attempts) throw error;
      await sleep(500 * attempt);
    }
  }
}

/** Read as the monitor: the control functions are for it and the superuser. */
export function sourceState(outputs: StackOutputs): Promise<SourceState> {
  return withConnection(databaseTarget(outputs, "monitor"), (connection) => connection.one<SourceState>(stateQuery));
}

export const stateQuery = `SELECT s.system_identifier::text AS "systemIdentifier", c.timeline_id AS timeline,
  pg_postmaster_start_time()::text AS "startedAt" FROM pg_control_system() s, pg_control_checkpoint() c`;

/**
 * How much would be lost if the source were gone now, milliseconds: the age of the newest marker in the WAL that has been
 * archived. Without markers, the time since a segment was last archived.
 */
export async function recoveryPointNow(outputs: StackOutputs): Promise<number> {
  return withConnection(databaseTarget(outputs, "migrator"), async (connection) => {
    await ensureControlTables(connection);
    const { last, at } = await archivingOf(connection);
    if (last === null || at === null) throw new Error("no WAL has reached the repository yet");
    const end = BigInt((parseSegment(last).number + 1) * segmentBytes);
    const { lost } = await connection.one<{ lost: string }>(
      `SELECT (extract(epoch FROM clock_timestamp() - CASE
         WHEN pg_current_wal_insert_lsn() - '0/0'::pg_lsn < $1::numeric + 100 THEN clock_timestamp()
         ELSE coalesce((SELECT written_at FROM landfall.marker WHERE lsn - '0/0'::pg_lsn < $1::numeric ORDER BY id DESC LIMIT 1), $2)
       END) * 1000)::text AS lost`,
      [end.toString(), at],
    );
    return Math.round(Number(lost));
  });
}
