import type { Connection } from "../../../db/postgres/connection.ts";

/** What PostgreSQL's catalog says of a table, in its own words, so that two tables can be compared. */
export interface TableShape {
  comment: string | null;
  columns: ColumnShape[];
  constraints: ConstraintShape[];
  indexes: IndexShape[];
}

export interface ColumnShape {
  name: string;
  type: string;
  notNull: boolean;
  default: string | null;
  /** "", "a" (always), "d" (by default). */
  identity: string;
  /** "" or "s" (stored). */
  generated: string;
  /** Null for the type's own. */
  collation: string | null;
}

export interface ConstraintShape {
  name: string;
  definition: string;
  validated: boolean;
}

export interface IndexShape {
  name: string;
  /** From USING on; UNIQUE in front where it is. */
  definition: string;
  valid: boolean;
}

const sql = `
SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment,
  (SELECT coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
      'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
      'collation', (SELECT co.collname FROM pg_collation co JOIN pg_type t ON t.oid = a.atttypid
                    WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation)) ORDER BY a.attnum), '[]')
   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'validated', k.convalidated,
      'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''))), '[]')
   FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')) AS constraints,
  (SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'valid', i.indisvalid AND i.indisready,
      'definition', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END
                    || substr(pg_get_indexdef(i.indexrelid), strpos(pg_get_indexdef(i.indexrelid), ' USING ') + 1))), '[]')
   FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid) AS indexes
FROM pg_class c
WHERE c.relnamespace = $1::oid AND c.relkind IN ('r', 'p') AND c.relname = ANY($2)`;

/**
 * The search path for reading shapes: names of the target's are written out with their schema, and a temporary table that is
 * called pg_class stands behind the catalog's, not before it.
 */
export const catalogFirst = "SET LOCAL search_path = pg_catalog, pg_temp";

/**
 * The search path for making temporary stand-ins: a table that is called text or oid is a type of that name too, and
 * PostgreSQL looks among temporary ones first unless it is told where they stand.
 */
export const temporaryLast = `SELECT set_config('search_path',
  concat_ws(', ', 'pg_catalog', NULLIF(current_setting('search_path'), ''), 'pg_temp'), true)`;

/**
 * Reads the shapes of tables of one schema, by name; a table that is not there is missing in the answer. The caller has set
 * `catalogFirst`.
 */
export async function readShapes(
  connection: Connection,
  schemaOid: string,
  tables: string[],
): Promise<Map<string, TableShape>> {
  const rows = await connection.query<TableShape & { name: string }>(sql, [schemaOid, tables]);
  return new Map(rows.map(({ name, ...shape }) => [name, shape]));
}

/** The oid of a schema, null where there is none. */
export async function schemaOid(connection: Connection, name: string): Promise<string | null> {
  const [row] = await connection.query<{ oid: string }>("SELECT oid::text FROM pg_namespace WHERE nspname = $1", [
    name,
  ]);
  return row?.oid ?? null;
}
