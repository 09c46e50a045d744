import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import type { SourceFile } from "../../../db/sqlite/open.ts";
import { rootPage } from "../../../db/sqlite-pages/layout.ts";
import type { PageFile } from "../../../db/sqlite-pages/page-file.ts";
import { StoredRow } from "../../../db/sqlite-pages/stored-row.ts";
import { TablePages } from "../../../db/sqlite-pages/table-pages.ts";
import type { TableShape } from "../shape.ts";
import { StoredEncoder } from "./row.ts";

/** A table whose rows are copied as they stand in the file. */
export interface StoredTable {
  pages: TablePages;
  row: StoredRow;
  encoder: StoredEncoder;
}

/** Largest rowid that a number counts to. */
const mostRowid = BigInt(Number.MAX_SAFE_INTEGER);

/** @returns null where its rows or its rowids are not of the kind */
export function storedTable(source: SourceFile, file: PageFile, shape: TableShape): StoredTable | null {
  const { stored, rowid } = shape;
  if (stored === null || rowid === null) return null;
  const table = `main.${quoteIdentifier(shape.source)} NOT INDEXED`;
  const key = quoteIdentifier(rowid);
  const [first, last] =
    source.prepare(`SELECT (SELECT min(${key}) FROM ${table}), (SELECT max(${key}) FROM ${table})`).get() ?? [];
  const root = rootPage(source, shape.source);
  // An empty table has no rowids.
  if (root === null || typeof first !== "bigint" || typeof last !== "bigint") return null;
  if (first < -mostRowid || last > mostRowid) return null;
  return {
    pages: new TablePages(file, root),
    row: new StoredRow(file, stored.fields, stored.rowidField),
    encoder: new StoredEncoder(shape, stored),
  };
}
