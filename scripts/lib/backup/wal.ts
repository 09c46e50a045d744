import { setTimeout as sleep } from "node:timers/promises";
import { LandfallError } from "../cli/errors.ts";
import type { Connection } from "../db/postgres/connection.ts";
import { writeMarker } from "./marker.ts";

/** Where a server's archiving stands. */
export interface Archiving {
  /** Name of the last segment that reached the repository, and when; null before the first. */
  last: string | null;
  at: Date | null;
  failing: boolean;
}

export async function archivingOf(connection: Connection): Promise<Archiving> {
  const archiving = await connection.one<Archiving>(
    `SELECT last_archived_wal AS last, last_archived_time AS at,
            coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
     FROM pg_stat_archiver`,
  );
  return archiving.last !== null && isSegment(archiving.last) ? archiving : { ...archiving, last: null };
}

/** Histories of timelines are archived too, and are no segments. */
const isSegment = (name: string) => /^[0-9A-F]{24}/.test(name);

/**
 * Waits until a segment is in the repository.
 * @throws {LandfallError} backup, with archive_command's state, after two minutes
 */
export async function waitForArchive(connection: Connection, segment: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { last, failing } = await archivingOf(connection);
    // Names of segments sort as they follow each other, within a timeline and, after a restore, across timelines.
    if (last !== null && last.slice(0, 24) >= segment) return;
    if (Date.now() > deadline) {
      const why = failing ? "archive_command fails" : `the last segment there is ${last ?? "none"}`;
      throw new LandfallError(
        "backup",
        `WAL ${segment} did not reach the repository within 120 s: ${why}`,
        "read the log of postgres for archive_command's error",
      );
    }
    await sleep(50);
  }
}

/**
 * Sends everything written so far to the repository. A marker goes first: recovery to a time needs a commit after that time
 * to know that it has arrived, and an idle database has none.
 */
export async function archiveNow(connection: Connection): Promise<void> {
  await writeMarker(connection, "before a restore");
  const { segment } = await connection.one<{ segment: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
  await waitForArchive(connection, segment);
}

/** The server switches by itself a moment after archive_timeout; this is only for when it does not. */
const graceMs = 5_000;

/**
 * Sees to it that a segment with something in it is sent off soon after archive_timeout. The server leaves that to its
 * checkpointer, which from a start on sleeps up to checkpoint_timeout (5 min) before it looks at the clock for the first time
 * (PostgreSQL 15 and later: it is started while the server still recovers).
 */
export class SwitchWatch {
  #segment = "";
  #since = 0;

  /** To be called after each marker, which is what is in the segment. @returns whether WAL was switched */
  async look(connection: Connection, now: Date): Promise<boolean> {
    const { segment, timeoutMs } = await connection.one<{ segment: string; timeoutMs: number }>(
      `SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS segment,
              CASE WHEN current_setting('archive_mode') = 'off' THEN 0 ELSE setting::int * 1000 END AS "timeoutMs"
       FROM pg_settings WHERE name = 'archive_timeout'`,
    );
    if (segment !== this.#segment) {
      this.#segment = segment;
      this.#since = now.getTime();
    }
    if (timeoutMs === 0 || now.getTime() - this.#since < timeoutMs + graceMs) return false;
    await connection.query("SELECT pg_switch_wal()");
    // Where archiving fails, and nothing new is seen, it is one segment each archive_timeout all the same.
    this.#since = now.getTime();
    return true;
  }
}
