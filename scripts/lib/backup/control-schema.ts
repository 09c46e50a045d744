import type { Connection } from "../db/postgres/connection.ts";

/** Landfall's own schema in the application's database; the application has no rights in it. */
export const controlSchema = "landfall";

/**
 * Makes the tables that backups and drills keep in the database. Asked first, because CREATE … IF NOT EXISTS takes locks and
 * writes notices also where there is nothing to make.
 */
export async function ensureControlTables(connection: Connection): Promise<void> {
  const { found } = await connection.one<{ found: boolean }>(
    "SELECT to_regclass('landfall.marker') IS NOT NULL AND to_regclass('landfall.restore_point') IS NOT NULL AS found",
  );
  if (found) return;
  await connection.query(`
    BEGIN;
    SELECT pg_advisory_xact_lock(hashtext('landfall control schema'));
    CREATE SCHEMA IF NOT EXISTS landfall;
    CREATE TABLE IF NOT EXISTS landfall.marker (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      lsn pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),
      note text
    );
    CREATE INDEX IF NOT EXISTS marker_written_at ON landfall.marker (written_at);
    CREATE TABLE IF NOT EXISTS landfall.restore_point (
      name text PRIMARY KEY,
      set_at timestamptz NOT NULL,
      lsn pg_lsn NOT NULL
    );
    COMMENT ON TABLE landfall.marker IS 'Rows written every few seconds: a restored copy shows by them where recovery ended.';
    COMMENT ON TABLE landfall.restore_point IS 'Moments that the database can be restored to by name.';
    COMMIT`);
}
