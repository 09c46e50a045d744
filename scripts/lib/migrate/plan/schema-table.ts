import { quoteLiteral } from "../../db/postgres/identifiers.ts";
import { fold } from "../sql/parse.ts";
import type { Relation, ScopeColumn } from "../sql/translate/typed.ts";
import { type PlanContext, tableOf } from "./context.ts";

/** SQLite's own names of the table in which its schema stands. */
export const isSchemaTable = (name: string): boolean => ["sqlite_master", "sqlite_schema"].includes(fold(name));

/**
 * What `sqlite_master` is for a GeoPackage's triggers, which look up whether a table has a column: the tables that were moved, with
 * the SQL that made them, and of later ones the names of their columns.
 */
export function schemaTable(context: PlanContext): Relation {
  const moved = context.catalog.tables.flatMap(({ name, sql }) => {
    const table = tableOf(context, name);
    return table && sql !== "" ? [{ name, sql, target: table.named.name }] : [];
  });
  const rows = moved.map(({ name, sql }) => `('table', ${quoteLiteral(name)}, ${quoteLiteral(sql)})`);
  const known = moved.map(({ target }) => quoteLiteral(target)).join(", ");
  const later = `SELECT 'table', c.relname::text, string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${quoteLiteral(context.options.schema)}) AND c.relkind IN ('r', 'p') AND c.relname NOT IN (${known})
    GROUP BY c.relname`;
  const columns = ["type", "name", "sql"].map((name) => [name, text(name)] as const);
  const all = `VALUES ${rows.join(", ")} UNION ALL ${later}`;
  return {
    sql: `(SELECT * FROM (${all}) AS "found" ("type", "name", "sql"))`,
    columns: new Map(columns),
    rowid: null,
    key: [],
  };
}

const text = (name: string): ScopeColumn => ({
  ...{ name, sql: `"${name}"`, affinity: "text", collation: "BINARY", form: null, integers: false },
  type: { type: "text", convert: { as: "text" } },
});
