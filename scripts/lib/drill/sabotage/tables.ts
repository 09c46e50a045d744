import type { Connection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";

/** A table to damage. */
export interface Table {
  schema: string;
  name: string;
  oid: number;
  /** Path of its data file below the data folder. */
  file: string;
}

/** The largest table of the application's that holds rows; undefined where none does. */
export async function largestTable(connection: Connection): Promise<Table | undefined> {
  const tables = await connection.query<Table>(
    `SELECT n.nspname AS schema, c.relname AS name, c.oid::int AS oid, pg_relation_filepath(c.oid) AS file
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'landfall')
     ORDER BY pg_relation_size(c.oid) DESC`,
  );
  for (const table of tables) {
    const { found } = await connection.one<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM ${quoteQualified(table.schema, table.name)}) AS found`,
    );
    if (found) return table;
  }
  return undefined;
}

/** A value that can be changed without an index telling of it. */
export interface LooseValue {
  /** Quoted. */
  column: string;
  type: "text" | "character varying" | "integer" | "bigint";
  ctid: string;
  value: string;
}

/** Values of columns that no index has: up to a hundred of each. */
export async function looseValues(connection: Connection, { schema, name, oid }: Table): Promise<LooseValue[]> {
  const columns = await connection.query<{ name: string; type: LooseValue["type"] }>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       AND format_type(a.atttypid, NULL) IN ('text', 'character varying', 'integer', 'bigint')
       AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey))
     ORDER BY format_type(a.atttypid, NULL) IN ('text', 'character varying') DESC, a.attnum`,
    [oid],
  );
  const values: LooseValue[] = [];
  for (const { name: column, type } of columns) {
    const field = quoteIdentifier(column);
    const usable = isText(type) ? `octet_length(${field}) BETWEEN 3 AND 100` : `${field} > 0`;
    const rows = await connection.query<{ ctid: string; value: string }>(
      `SELECT ctid::text AS ctid, ${field}::text AS value FROM ONLY ${quoteQualified(schema, name)} WHERE ${usable} LIMIT 100`,
    );
    values.push(...rows.map((row) => ({ ...row, column: field, type })));
  }
  return values;
}

export const isText = (type: LooseValue["type"]): boolean => type === "text" || type === "character varying";
