import { lastMarker, type Marker } from "../backup/marker.ts";
import type { RecoveryTarget } from "../backup/restore/target.ts";
import type { Connection } from "../db/postgres/connection.ts";
import type { Content, Moment } from "./source.ts";

/** What a drill recovers to, and what it knows of that moment. */
export type Goal = {
  target: RecoveryTarget;
  /** Settles once all WAL up to the target is in the repository, or would not come there. */
  archived: Promise<void>;
} /** A moment that was marked for it: everything is known of it. */ & (
  | {
      moment: Pick<Moment, "markers" | "lsn" | "segment" | "takenAt">;
      content: Promise<Content>;
    }
  /** Some time: only the markers tell. */
  | { moment: null; content: null; markers: TimeMarkers }
);

/** By which markers it shows where recovery ended. */
export type Whereabouts = { moment: Pick<Moment, "markers"> } | { moment: null; markers: TimeMarkers };

export interface TimeMarkers {
  time: string;
  /** The last marker of the source at or before the time, and the first one after it; null where there is none. */
  expected: Marker | null;
  next: Marker | null;
}

/** What the source knows of a time. */
export async function markersAt(connection: Connection, time: Date): Promise<TimeMarkers> {
  const iso = time.toISOString();
  const expected = await lastMarker(connection, iso);
  const [next] = await connection.query<Marker>(
    `SELECT id::text AS id, written_at::text AS "writtenAt" FROM landfall.marker WHERE written_at > $1 ORDER BY id LIMIT 1`,
    [iso],
  );
  return { time: iso, expected, next: next ?? null };
}
