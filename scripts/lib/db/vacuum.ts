import type { Connection } from "./postgres/connection.ts";
import { quoteQualified } from "./postgres/identifiers.ts";

/** A table that was vacuumed, and what it had to clean up. */
export interface VacuumedTable {
  table: string;
  deadRowsBefore: number;
  ms: number;
}

/**
 * VACUUM (ANALYZE) of every table of the users' own that the connection's role may vacuum: autovacuum follows writes, and
 * leaves alone what was loaded once and is only read. A table that somebody has locked is passed over.
 */
export async function vacuumAnalyze(
  connection: Connection,
  onTable: (done: number, of: number) => void,
): Promise<VacuumedTable[]> {
  const tables = await connection.query<{ schema: string; name: string; dead: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, coalesce(s.n_dead_tup, 0)::text AS dead
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
       AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1, 2`,
  );
  const done: VacuumedTable[] = [];
  for (const { schema, name, dead } of tables) {
    onTable(done.length, tables.length);
    const started = Date.now();
    await connection.query(`VACUUM (ANALYZE, SKIP_LOCKED) ${quoteQualified(schema, name)}`);
    done.push({ table: `${schema}.${name}`, deadRowsBefore: Number(dead), ms: Date.now() - started });
  }
  return done;
}
