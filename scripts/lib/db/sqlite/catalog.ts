import { createHash } from "node:crypto";
import { LandfallError } from "../../cli/errors.ts";
import type { SourceCatalog, SourceTable, SourceTrigger, SourceView } from "../../migrate/model/source.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { readColumns, readForeignKeys, readIndexes } from "./catalog-parts.ts";
import { declaredSql } from "./collations.ts";
import type { SourceFile, SqlValue } from "./open.ts";
import { hasKeyword, moduleOf } from "./tokens.ts";

interface Entry {
  type: string;
  name: string;
  table: string;
  sql: string | null;
}

/** What PRAGMA table_list tells beyond sqlite_schema. */
interface Listed {
  type: string;
  withoutRowid: boolean;
  strict: boolean;
}

/**
 * Reads everything that a SQLite file declares.
 * @throws {LandfallError} source, where the schema itself is damaged
 */
export function readCatalog(source: SourceFile): SourceCatalog {
  const entries = source
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")
    .all()
    .map(
      ([type, name, table, sql]): Entry => ({
        type: str(type),
        name: str(name),
        table: str(table),
        sql: typeof sql === "string" ? declaredSql(sql) : null,
      }),
    );
  const listed = readTableList(source);
  const sequences = readSequences(source, entries);
  const sqlOf = new Map(entries.filter(({ type }) => type === "index").map(({ name, sql }) => [name, sql]));
  const tables: SourceTable[] = [];
  const indexes: SourceCatalog["indexes"] = [];
  for (const entry of entries) {
    if (entry.type !== "table") continue;
    const facts = listed.get(entry.name) ?? { type: "table", withoutRowid: false, strict: false };
    const table = readTable(source, entry, facts, sequences.get(entry.name) ?? null);
    const own = table.kind === "virtual" ? [] : readIndexes(source, table, sqlOf);
    // An INTEGER PRIMARY KEY has no index of its own; INTEGER PRIMARY KEY DESC has one, and is not the rowid.
    const key = own.some(({ origin }) => origin === "primary");
    table.rowidAlias =
      !key && !table.withoutRowid && table.primaryKey.length === 1 ? (table.primaryKey[0] ?? null) : null;
    table.autoincrement = table.rowidAlias !== null && hasKeyword(table.sql, "AUTOINCREMENT");
    tables.push(table);
    indexes.push(...own);
  }
  return {
    file: source.file,
    encoding: pragma(source, "encoding") as SourceCatalog["encoding"],
    userVersion: Number(pragma(source, "user_version")),
    applicationId: Number(pragma(source, "application_id")),
    schemaDigest: digest(entries),
    tables,
    indexes,
    views: entries.filter(isOf("view")).map(({ name, sql }): SourceView => ({ name, sql: sql ?? "" })),
    triggers: entries
      .filter(isOf("trigger"))
      .map(({ name, table, sql }): SourceTrigger => ({ name, table, sql: sql ?? "" })),
  };
}

function readTable(source: SourceFile, entry: Entry, facts: Listed, sequence: string | null): SourceTable {
  const sql = entry.sql ?? "";
  const module = facts.type === "virtual" ? moduleOf(sql) : null;
  const declared = readColumns(source, entry.name, facts.strict);
  // Of a virtual table that cannot be read, such as a full-text index without content, nothing is known but its SQL.
  const columns = module === null || canBeRead(source, entry.name) ? declared : [];
  const hidden = new Set(columns.map(({ name }) => name.toLowerCase()));
  return {
    name: entry.name,
    kind: kindOf(entry.name, facts.type),
    sql,
    module,
    columns: columns.map(({ key: _, ...column }) => column),
    primaryKey: columns
      .filter(({ key }) => key > 0)
      .sort((a, b) => a.key - b.key)
      .map(({ name }) => name),
    rowidAlias: null,
    autoincrement: false,
    sequence,
    withoutRowid: facts.withoutRowid,
    strict: facts.strict,
    rowidName: facts.withoutRowid ? null : (["rowid", "_rowid_", "oid"].find((name) => !hidden.has(name)) ?? null),
    foreignKeys: facts.type === "virtual" ? [] : readForeignKeys(source, entry.name),
  };
}

function canBeRead(source: SourceFile, table: string): boolean {
  try {
    source.prepare(`SELECT * FROM main.${quoteIdentifier(table)} LIMIT 1`).get();
    return true;
  } catch (error) {
    if (error instanceof LandfallError) return false;
    throw error;
  }
}

function kindOf(name: string, type: string): SourceTable["kind"] {
  if (name.toLowerCase().startsWith("sqlite_")) return "internal";
  return type === "virtual" || type === "shadow" ? type : "table";
}

function readTableList(source: SourceFile): Map<string, Listed> {
  const rows = source.prepare("SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'").all();
  return new Map(
    rows.map(([name, type, wr, strict]) => [
      str(name),
      { type: str(type), withoutRowid: wr === 1n, strict: strict === 1n },
    ]),
  );
}

/** By table; there is no sqlite_sequence before the first AUTOINCREMENT. */
function readSequences(source: SourceFile, entries: Entry[]): Map<string, string> {
  if (!entries.some(({ name }) => name === "sqlite_sequence")) return new Map();
  const rows = source.prepare("SELECT name, max(CAST(seq AS INTEGER)) FROM sqlite_sequence GROUP BY name").all();
  return new Map(rows.flatMap(([name, seq]) => (seq === null || seq === undefined ? [] : [[str(name), String(seq)]])));
}

function digest(entries: Entry[]): string {
  const hash = createHash("sha256");
  for (const { type, name, table, sql } of entries) hash.update(JSON.stringify([type, name, table, sql]));
  return hash.digest("hex");
}

const isOf = (type: string) => (entry: Entry) => entry.type === type;
const pragma = (source: SourceFile, name: string) => source.prepare(`PRAGMA ${name}`).get()?.[0];
const str = (value: SqlValue | undefined) => String(value);
