import type { StackOutputs } from "../../../infra/contract.ts";
import { type Connection, withConnection } from "../db/postgres/connection.ts";
import { toTargetError } from "../db/postgres/errors.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { databaseTarget } from "../stack/targets.ts";
import { ensureControlTables } from "./control-schema.ts";
import { readRecords, writeRecords } from "./records.ts";

/** A moment that the database can be restored to by name. */
export interface RestorePoint {
  name: string;
  /** UTC, ISO 8601. */
  at: string;
  lsn: string;
}

/**
 * Sets a restore point: `npm run restore -- --name NAME` brings the database back to just here. Call it before a migration or
 * a deployment of the schema, outside a transaction. A name that was used before gets a number, so that it stays unique.
 * @param connection as the owner (a migrator's connection)
 */
export async function setRestorePoint(connection: Connection, name: string): Promise<RestorePoint> {
  await ensureControlTables(connection);
  // PostgreSQL keeps 63 bytes of it.
  const wanted = name.slice(0, 55);
  const taken = await connection.query<{ name: string }>(
    "SELECT name FROM landfall.restore_point WHERE name = $1 OR name LIKE replace(replace($1, '\\', '\\\\'), '_', '\\_') || '-%'",
    [wanted],
  );
  const names = new Set(taken.map((row) => row.name));
  let unique = wanted;
  for (let i = 2; names.has(unique); i++) unique = `${wanted}-${i}`;
  // The point first: a row without a point would be a promise that nothing keeps.
  const lsn = await createPoint(connection, unique);
  const { at } = await connection.one<{ at: string }>(
    `INSERT INTO landfall.restore_point VALUES ($1, clock_timestamp(), $2)
     RETURNING to_char(set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
    [unique, lsn],
  );
  return { name: unique, at, lsn };
}

/** A provider's server lets nobody write restore points into its WAL: there the moment itself is the point. */
async function createPoint(connection: Connection, name: string): Promise<string> {
  try {
    const [row] = await connection.queryRaw<{ lsn: string }>("SELECT pg_create_restore_point($1)::text AS lsn", [name]);
    return row?.lsn ?? "0/0";
  } catch (error) {
    if ((error as { code?: string }).code !== "42501") throw toTargetError(error, connection.target);
    return (await connection.one<{ lsn: string }>("SELECT pg_current_wal_insert_lsn()::text AS lsn")).lsn;
  }
}

export async function listRestorePoints(connection: Connection): Promise<RestorePoint[]> {
  await ensureControlTables(connection);
  return connection.query<RestorePoint>(
    `SELECT name, to_char(set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, lsn::text AS lsn
     FROM landfall.restore_point ORDER BY lsn`,
  );
}

/** Copies the names of restore points out of the database, for the day on which there is none to ask. */
export async function keepRestorePoints(outputs: StackOutputs & { backup: LocalBackup }): Promise<RestorePoint[]> {
  const { records } = outputs.backup;
  const known = readRecords<RestorePoint>(records, "restore-points");
  try {
    const now = await withConnection(databaseTarget(outputs, "migrator"), listRestorePoints);
    const names = new Set(now.map(({ name }) => name));
    // A restore to a moment before a point takes its row away, but not the point: it is in the WAL.
    const all = [...known.filter(({ name }) => !names.has(name)), ...now];
    writeRecords(records, "restore-points", all);
    return all;
  } catch {
    // The database is away: what was kept has to do.
    return known;
  }
}
