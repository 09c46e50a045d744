import { LandfallError } from "../cli/errors.ts";
import type { Connection } from "./postgres/connection.ts";

/** A kind of statement, its values replaced by $1, $2, …, and what it has cost since the statistics were last reset. */
export interface QueryFigures {
  query: string;
  role: string;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number;
  rows: number;
  /** Share of the time of all statements of the database. */
  share: number;
  /** Share of the blocks that were found in the server's cache; null where it read none. */
  cacheHits: number | null;
}

/**
 * The statements that took the most time in all, from pg_stat_statements.
 * @throws {LandfallError} target, where the extension is not there
 */
export async function slowQueries(connection: Connection, limit: number): Promise<QueryFigures[]> {
  const [extension] = await connection.query<{ schema: string }>(
    "SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'pg_stat_statements'",
  );
  if (!extension) {
    throw new LandfallError(
      "target",
      "pg_stat_statements is not in the database: nothing is known of its queries",
      "set postgresql.pg_stat_statements in the stack's configuration, then npm run up",
    );
  }
  return connection.query<QueryFigures>(
    `SELECT regexp_replace(query, '\\s+', ' ', 'g') AS query, pg_get_userbyid(userid)::text AS role, calls::float8 AS calls,
            total_exec_time AS "totalMs", mean_exec_time AS "meanMs", max_exec_time AS "maxMs", rows::float8 AS rows,
            total_exec_time / nullif(sum(total_exec_time) OVER (), 0) AS share,
            shared_blks_hit::float8 / nullif(shared_blks_hit + shared_blks_read, 0) AS "cacheHits"
     FROM ${extension.schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
     WHERE d.datname = current_database() ORDER BY total_exec_time DESC LIMIT $1`,
    [limit],
  );
}
