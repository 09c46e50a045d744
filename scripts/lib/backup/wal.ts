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
