import type { Connection } from "../../db/postgres/connection.ts";
import type { Plan } from "../model/plan.ts";
import type { Control } from "./control.ts";

interface Found {
  kind: "foreign key" | "index" | "trigger";
  name: string;
  /** Takes it away. */
  drop: string;
  /** Puts it back. */
  sql: string;
  validate_sql: string | null;
}

/** What slows a load on tables that were there before it, or would refuse its rows for their order. */
const found = `
  WITH loaded AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p'))
  SELECT 'foreign key' AS kind, conname AS name,
         format('ALTER TABLE %s DROP CONSTRAINT %I', name, conname) AS drop,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', name, conname, regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')) || ' NOT VALID' AS sql,
         CASE WHEN convalidated THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I', name, conname) END AS validate_sql
    FROM loaded JOIN pg_constraint k ON conrelid = loaded.oid WHERE contype = 'f' AND conparentid = 0
  UNION ALL
  SELECT 'index', i.relname, format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), NULL
    FROM loaded JOIN pg_index x ON indrelid = loaded.oid JOIN pg_class i ON i.oid = indexrelid
   WHERE NOT indisunique AND NOT indisclustered AND NOT indisreplident AND NOT i.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
  UNION ALL
  SELECT 'trigger', tgname, format('ALTER TABLE %s DISABLE TRIGGER %I', name, tgname),
         format('ALTER TABLE %s ENABLE %s TRIGGER %I', name, CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname), NULL
    FROM loaded JOIN pg_trigger ON tgrelid = loaded.oid WHERE NOT tgisinternal AND tgenabled <> 'D'
  ORDER BY kind, name`;

/**
 * Takes foreign keys, secondary indexes and triggers off the tables of the plan that have some, and writes down how to put
 * them back, both in one transaction. On tables that were just made there are none.
 */
export async function setAside({ connection, runId }: Control, { schema, tables }: Plan): Promise<void> {
  await connection.transaction(async () => {
    const objects = await connection.query<Found>(found, [schema, tables.map(({ target }) => target)]);
    for (const { kind, name, drop, sql, validate_sql } of objects) {
      await connection.query(
        "INSERT INTO landfall.set_aside (run_id, kind, name, sql, validate_sql) VALUES ($1, $2, $3, $4, $5)",
        [runId, kind, name, sql, validate_sql],
      );
      await connection.query(drop);
    }
  });
}

/**
 * Puts back what was taken away, one by one, each in a transaction with its entry's removal; indexes first, then foreign keys,
 * then triggers. @returns foreign keys that the rows break: they stay NOT VALID
 */
export async function putBack(connection: Connection, runId: string): Promise<{ name: string; reason: string }[]> {
  const objects = await connection.query<{ number: number; name: string; sql: string; validate_sql: string | null }>(
    `SELECT number, name, sql, validate_sql FROM landfall.set_aside WHERE run_id = $1
      ORDER BY array_position(ARRAY['index', 'foreign key', 'trigger'], kind), number`,
    [runId],
  );
  const broken: { name: string; reason: string }[] = [];
  for (const { number, name, sql, validate_sql } of objects) {
    await connection.transaction(async () => {
      await connection.query(sql);
      await connection.query("SAVEPOINT validated");
      try {
        if (validate_sql !== null) await connection.queryRaw(validate_sql);
      } catch (error) {
        await connection.query("ROLLBACK TO validated");
        broken.push({ name, reason: error instanceof Error ? error.message : String(error) });
      }
      await connection.query("DELETE FROM landfall.set_aside WHERE run_id = $1 AND number = $2", [runId, number]);
    });
  }
  return broken;
}
