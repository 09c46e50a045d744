import type { SourceColumn, SourceForeignKey, SourceIndex, SourceTable } from "../../migrate/model/source.ts";
import { affinityOf } from "./affinity.ts";
import { isSqliteError } from "./errors.ts";
import type { SourceFile, SqlRow } from "./open.ts";

/** PRAGMA table_xinfo's `hidden`: 1 is a hidden column of a virtual table. */
const generatedBy: Record<string, SourceColumn["generated"]> = { "2": "virtual", "3": "stored" };

/** The columns of a table, each with its place in the primary key (from 1, 0 for none). */
export function readColumns(source: SourceFile, table: string, strict: boolean): (SourceColumn & { key: number })[] {
  const sql = `SELECT name, type, "notnull", dflt_value, hidden, pk FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid`;
  return rows(source, sql, table).map(([name, type, notNull, defaultSql, hidden, key]) => ({
    name: String(name),
    declaredType: String(type ?? ""),
    affinity: affinityOf(String(type ?? ""), strict),
    notNull: notNull === 1n,
    defaultSql: typeof defaultSql === "string" ? defaultSql : null,
    generated: generatedBy[String(hidden)] ?? null,
    key: Number(key),
  }));
}

/** Foreign keys in the order of their numbers. */
export function readForeignKeys(source: SourceFile, table: string): SourceForeignKey[] {
  const sql = `SELECT id, "from", "table", "to", on_update, on_delete FROM pragma_foreign_key_list(?, 'main') ORDER BY id, seq`;
  const keys = new Map<number, SourceForeignKey>();
  for (const [id, from, parent, to, onUpdate, onDelete] of rows(source, sql, table)) {
    const key = keys.get(Number(id)) ?? {
      id: Number(id),
      columns: [],
      parent: String(parent),
      parentColumns: [],
      onUpdate: String(onUpdate),
      onDelete: String(onDelete),
    };
    key.columns.push(String(from));
    if (typeof to === "string") key.parentColumns.push(to);
    keys.set(key.id, key);
  }
  return [...keys.values()];
}

const origins: Record<string, SourceIndex["origin"]> = { c: "create", u: "unique", pk: "primary" };

/** Indexes of a table, those that SQLite made for its keys included, in the order of their making. */
export function readIndexes(source: SourceFile, table: SourceTable, sqlOf: Map<string, string | null>): SourceIndex[] {
  const list = `SELECT name, "unique", origin, partial FROM pragma_index_list(?, 'main') ORDER BY seq DESC`;
  const parts = `SELECT name, "desc", coll FROM pragma_index_xinfo(?, 'main') WHERE key ORDER BY seqno`;
  return rows(source, list, table.name).map(([name, unique, origin, partial]) => ({
    name: String(name),
    table: table.name,
    sql: sqlOf.get(String(name)) ?? null,
    unique: unique === 1n,
    origin: origins[String(origin)] ?? "create",
    partial: partial === 1n,
    parts: rows(source, parts, String(name)).map(([column, descending, collation]) => ({
      // Null for an expression.
      column: typeof column === "string" ? column : null,
      descending: descending === 1n,
      collation: String(collation ?? "BINARY"),
    })),
  }));
}

/** A virtual table whose module SQLite does not have tells nothing of itself. */
function rows(source: SourceFile, sql: string, name: string): SqlRow[] {
  try {
    return source.prepare(sql).all(name);
  } catch (error) {
    if (isUnknownModule(error)) return [];
    throw error;
  }
}

function isUnknownModule(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isSqliteError(cause) && /no such (module|tokenizer)|unknown tokenizer/.test(cause.message);
}
