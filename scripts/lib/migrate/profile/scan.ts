import { isUtf8 } from "node:buffer";
import { quoteName } from "../../db/sqlite/names.ts";
import type { SourceFile, SqlRow, SqlValue } from "../../db/sqlite/open.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { ColumnScan } from "./column-scan.ts";

/** Rows read at once: quickest, and little memory as long as no value is large. */
const batch = 400;
/** Values beyond this many bytes are read one at a time. */
const large = 1_000_000;
/** Files below this size hold too few large values to matter. */
const smallFile = 64e6;
/** Stands for a large value in a batch. A real of just this value is read again by itself and found to be one. */
const standIn = 1.2345e-300;
/** Beyond this a text is counted and measured, not looked into: JavaScript has no longer strings. */
const longest = 500_000_000;

/** What was found in a table, or in the pieces of it that one thread had. */
export interface TableScan {
  rows: number;
  columns: ColumnScan[];
}

/** Where and how a table is read through SQLite. */
export interface Reading {
  source: SourceFile;
  encoding: SourceCatalog["encoding"];
  table: SourceTable;
  /** Whether large values are read one at a time: the file may have some. */
  guarded: boolean;
}

export const readingOf = (source: SourceFile, catalog: SourceCatalog, table: SourceTable, bytes: number): Reading => ({
  ...{ source, encoding: catalog.encoding, table },
  guarded: bytes >= smallFile,
});

export type Range = { from: bigint; to: bigint };
export type Progress = (rows: number) => void;

/** Scans rows through SQLite into `scan`: those of a range of rowids, or all. @param progress called with the rows of each batch */
export function scanThroughSqlite(reading: Reading, range: Range | null, scan: TableScan, progress: Progress): void {
  if (range) rangeScanner(reading)(range, scan, progress);
  else {
    scanWhole(reading, scan, progress);
    countSuspects(reading, null, scan);
  }
}

/** Counts texts that are not what the file's encoding allows where a text was read that may be one. */
function countSuspects(reading: Reading, range: Range | null, scan: TableScan): void {
  for (const [i, column] of scan.columns.entries()) {
    if (!column.texts.suspect) continue;
    column.texts.suspect = false;
    column.texts.invalidUtf8 += countInvalid(reading, reading.table.columns[i]?.name ?? "", range);
  }
}

/** Scans ranges of rowids, by a statement that is prepared once. */
export function rangeScanner(reading: Reading): (range: Range, scan: TableScan, progress: Progress) => void {
  const { source, table, guarded } = reading;
  const rowid = table.rowidName ?? "rowid";
  const name = quoteName(table.name);
  const columns = table.columns.map((column) => {
    const quoted = quoteName(column.name);
    // Asking for the size of each number would cost a quarter of the reading.
    const may = guarded && (column.affinity === "text" || column.affinity === "blob");
    return may ? `CASE WHEN octet_length(${quoted}) > ${large} THEN ${standIn} ELSE ${quoted} END` : quoted;
  });
  const next = source.prepare(
    `SELECT ${rowid}, ${columns.join(", ")} FROM ${name} WHERE ${rowid} >= ? AND ${rowid} <= ? ORDER BY ${rowid} LIMIT ${batch}`,
  );
  const readLarge = (row: SqlRow, i: number) => {
    const column = quoteName(table.columns[i]?.name ?? "");
    const sql = `SELECT CASE WHEN octet_length(${column}) > ${longest} THEN NULL ELSE ${column} END,
      typeof(${column}), octet_length(${column}) FROM ${name} WHERE ${rowid} = ?`;
    const [value = null, type, size] = source.prepare(sql).get(row[0] ?? null) ?? [];
    return { value, type: String(type), size: Number(size) };
  };
  return (range, scan, progress) => {
    for (let from = range.from; from <= range.to; ) {
      const rows = next.all(from, range.to);
      addRows(scan, rows, 1, readLarge);
      progress(rows.length);
      const last = rows.at(-1)?.[0];
      if (rows.length < batch || typeof last !== "bigint") break;
      from = last + 1n;
    }
    countSuspects(reading, range, scan);
  };
}

/** Column by column, so that each loop sees values of one kind. */
function addRows(
  scan: TableScan,
  rows: SqlRow[],
  skip: number,
  readLarge: (row: SqlRow, column: number) => { value: SqlValue; type: string; size: number },
): void {
  scan.rows += rows.length;
  for (const [i, column] of scan.columns.entries()) {
    for (const row of rows) {
      const value = row[i + skip] ?? null;
      if (value === standIn) addLarge(column, readLarge(row, i));
      else column.add(value);
    }
  }
}

function addLarge(column: ColumnScan, { value, type, size }: { value: SqlValue; type: string; size: number }): void {
  if (value !== null) {
    column.add(value);
    return;
  }
  const part = type === "text" ? column.texts : column.blobs;
  part.count += 1;
  part.maxBytes = Math.max(part.maxBytes, size);
  if (type === "text") {
    column.texts.maxLength = Math.max(column.texts.maxLength, size);
    // It was not looked at: it may be.
    column.texts.nonAscii += 1;
  }
}

/** Row by row in the table's own order; reading on from a key would sort a virtual table's rows each time. */
function scanWhole({ source, table }: Reading, scan: TableScan, progress: Progress): void {
  const columns = table.columns.map(({ name }) => quoteName(name)).join(", ");
  const never = () => ({ value: standIn, type: "real", size: 0 });
  let pending = 0;
  for (const row of source.prepare(`SELECT ${columns} FROM ${quoteName(table.name)}`).iterate()) {
    addRows(scan, [row], 0, never);
    pending += 1;
    if (pending < 1000) continue;
    progress(pending);
    pending = 0;
  }
  progress(pending);
}

/** How many texts of a column are not what the file's encoding allows, by their bytes. */
function countInvalid({ source, encoding, table }: Reading, column: string, range: Range | null): number {
  const name = quoteName(column);
  const within = range ? `AND ${table.rowidName} BETWEEN ${range.from} AND ${range.to}` : "";
  const sql = `SELECT CAST(${name} AS BLOB) FROM ${quoteName(table.name)}
    WHERE typeof(${name}) = 'text' AND octet_length(${name}) <= ${longest} ${within}`;
  let invalid = 0;
  for (const [bytes] of source.prepare(sql).iterate())
    if (bytes instanceof Uint8Array && !isWhole(bytes, encoding)) invalid += 1;
  return invalid;
}

function isWhole(bytes: Uint8Array, encoding: SourceCatalog["encoding"]): boolean {
  if (encoding === "UTF-8") return isUtf8(bytes);
  if (bytes.length % 2 !== 0) return false;
  const copy = Buffer.from(bytes);
  return (encoding === "UTF-16be" ? copy.swap16() : copy).toString("utf16le").isWellFormed();
}

/** An empty scan of a table. */
export const newScan = (table: SourceTable): TableScan => ({
  rows: 0,
  columns: table.columns.map(() => new ColumnScan()),
});
