import type { Connection } from "../db/postgres/connection.ts";
import { ensureControlTables } from "./control-schema.ts";

export interface Marker {
  id: string;
  /** ISO 8601, to the microsecond. */
  writtenAt: string;
}

const columns = `id::text AS id, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "writtenAt"`;

/** Writes a marker row. @param note tells a marker of a drill from those of the scheduler */
export async function writeMarker(connection: Connection, note: string | null = null): Promise<Marker> {
  await ensureControlTables(connection);
  return connection.one<Marker>(`INSERT INTO landfall.marker (note) VALUES ($1) RETURNING ${columns}`, [note]);
}

/** Removes markers that are older than anything that can still be restored. */
export async function pruneMarkers(connection: Connection, days: number): Promise<void> {
  await connection.query("DELETE FROM landfall.marker WHERE written_at < now() - make_interval(days => $1)", [days]);
}

/** The last marker at or before a time; of all where none is given. Null where there is none. */
export async function lastMarker(connection: Connection, until?: string): Promise<Marker | null> {
  const { found } = await connection.one<{ found: boolean }>(
    "SELECT to_regclass('landfall.marker') IS NOT NULL AS found",
  );
  if (!found) return null;
  const [marker] = await connection.query<Marker>(
    `SELECT ${columns} FROM landfall.marker WHERE written_at <= coalesce($1::timestamptz, 'infinity') ORDER BY id DESC LIMIT 1`,
    [until ?? null],
  );
  return marker ?? null;
}
