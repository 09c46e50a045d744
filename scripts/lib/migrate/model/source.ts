/** What a SQLite file declares, as read from its catalog. Nothing here depends on PostgreSQL or on the data. */

export type StorageClass = "null" | "integer" | "real" | "text" | "blob";
export type Affinity = "integer" | "text" | "blob" | "real" | "numeric";

export interface SourceCatalog {
  /** The file that was read: the run's snapshot. */
  file: string;
  encoding: "UTF-8" | "UTF-16le" | "UTF-16be";
  userVersion: number;
  applicationId: number;
  /** SHA-256 over all of sqlite_schema (type, name, tbl_name, sql in rowid order), hex: a plan is made for one schema. */
  schemaDigest: string;
  /** Every table of sqlite_schema in its order: virtual, shadow and internal ones included. */
  tables: SourceTable[];
  indexes: SourceIndex[];
  views: SourceView[];
  triggers: SourceTrigger[];
}

export interface SourceTable {
  name: string;
  /** `internal`: sqlite_sequence, sqlite_stat*; `shadow`: what a virtual table keeps its content in. */
  kind: "table" | "virtual" | "shadow" | "internal";
  /** The CREATE statement as stored; "" for internal tables without one. */
  sql: string;
  /** Lower-case module of a virtual table (fts5, rtree, …), else null. */
  module: string | null;
  /** In their order, generated ones included, hidden ones of virtual tables not. */
  columns: SourceColumn[];
  /** Column names in key order; empty where the table has no declared key. */
  primaryKey: string[];
  /** The INTEGER PRIMARY KEY column, which is the rowid; null where there is none. */
  rowidAlias: string | null;
  autoincrement: boolean;
  /** Its value in sqlite_sequence, as a decimal string; null where it has none. */
  sequence: string | null;
  withoutRowid: boolean;
  strict: boolean;
  /** A name by which a query reads the rowid (rowid, _rowid_, oid); null for WITHOUT ROWID and where columns hide all three. */
  rowidName: string | null;
  foreignKeys: SourceForeignKey[];
}

export interface SourceColumn {
  name: string;
  /** As written, "" where none is. */
  declaredType: string;
  affinity: Affinity;
  notNull: boolean;
  /** The default's SQL as stored, null where there is none. */
  defaultSql: string | null;
  /** The expression itself is in the table's SQL. */
  generated: "stored" | "virtual" | null;
}

export interface SourceForeignKey {
  /** Number of PRAGMA foreign_key_list. */
  id: number;
  columns: string[];
  /** As the declaration spells it; may name a table that does not exist. */
  parent: string;
  /** Empty where the declaration names none: the parent's primary key is meant. */
  parentColumns: string[];
  onUpdate: string;
  onDelete: string;
}

export interface SourceIndex {
  name: string;
  table: string;
  /** Null for those that SQLite makes for UNIQUE and PRIMARY KEY. */
  sql: string | null;
  unique: boolean;
  origin: "create" | "unique" | "primary";
  partial: boolean;
  parts: SourceIndexPart[];
}

export interface SourceIndexPart {
  /** Null for an expression: it is in the index's SQL. */
  column: string | null;
  descending: boolean;
  collation: string;
}

export interface SourceView {
  name: string;
  sql: string;
}

export interface SourceTrigger {
  name: string;
  table: string;
  sql: string;
}
