import type { Connection } from "../db/postgres/connection.ts";
import { quoteLiteral } from "../db/postgres/identifiers.ts";

/** Where a deployment keeps what it applied: an application may have a table `migrations` of its own, as Laravel's have. */
export const ownSchema = "landfall_deploy";

/** What postgres-migrations makes, ahead of it: it looks for a table of that name in all schemas, and then in the search path. */
const prepare = `
  BEGIN;
  SELECT pg_advisory_xact_lock(hashtextextended('${ownSchema}', 0));
  CREATE SCHEMA IF NOT EXISTS ${ownSchema};
  CREATE TABLE IF NOT EXISTS ${ownSchema}.migrations (id integer PRIMARY KEY, name varchar(100) UNIQUE NOT NULL,
    hash varchar(40) NOT NULL, executed_at timestamp DEFAULT current_timestamp);
  COMMIT`;

/** Numbers of the files that were applied; the library's own first step is number 0. Makes nothing. */
export async function appliedBefore(connection: Connection): Promise<Set<number>> {
  const { there } = await connection.one<{ there: boolean }>(
    `SELECT to_regclass('${ownSchema}.migrations') IS NOT NULL AS there`,
  );
  if (!there) return new Set();
  const rows = await connection.query<{ id: number }>(`SELECT id FROM ${ownSchema}.migrations`);
  return new Set(rows.map(({ id }) => id));
}

/**
 * A client for postgres-migrations, which has no setting for where it keeps its table: its own statements find our schema
 * first, and each file's SQL runs with the search path that the connection came with.
 * @param files the SQL of the application's files, as the library runs it
 */
export async function clientFor(connection: Connection, files: string[]): Promise<Connection["client"]> {
  const { path } = await connection.one<{ path: string }>("SELECT current_setting('search_path') AS path");
  await connection.queryRaw(prepare);
  const { client } = connection;
  const use = (search: string) => client.query(`SELECT set_config('search_path', ${quoteLiteral(search)}, false)`);
  await use(`${ownSchema}, pg_catalog`);
  const query = async (statement: unknown) => {
    if (typeof statement !== "string" || !files.includes(statement)) return client.query(statement as string);
    await use(path);
    const result = await client.query(statement);
    await use(`${ownSchema}, pg_catalog`);
    return result;
  };
  return new Proxy(client, { get: (target, name) => (name === "query" ? query : Reflect.get(target, name)) });
}
