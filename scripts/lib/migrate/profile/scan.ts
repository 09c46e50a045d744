import { isUtf8 } from "node:buffer";
import { quoteName } from "../../db/sqlite/names.ts";
import type { SourceFile, SqlRow, SqlValue } from "../../db/sqlite/open.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { ColumnScan } from "./column-scan.ts";
import type { Piece } from "./pieces.ts";

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

/**
 * Scans one piece into `scan`.
 * @param bytes the file's size
 * @param progress called with the rows of each batch
 */
export function scanPiece(
  source: SourceFile,
  catalog: SourceCatalog,
  piece: Piece,
  bytes: number,
  scan: TableScan,
  progress: (rows: number) => void,
): void {
  const table = catalog.tables[piece.table];
  if (!table) return;
  if (piece.range) scanRange(source, table, piece.range, bytes >= smallFile, scan, progress);
  else scanWhole(source, table, scan, progress);
  for (const [i, column] of scan.columns.entries()) {
    if (!column.texts.suspect) continue;
    column.texts.suspect = false;
    column.texts.invalidUtf8 += countInvalid(source, catalog, table, table.columns[i]?.name ?? "", piece);
  }
}

function scanRange(
  source: SourceFile,
  table: SourceTable,
  range: { from: bigint; to: bigint },
  guarded: boolean,
  scan: TableScan,
  progress: (rows: number) => void,
): void {
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
  for (let from = range.from; from <= range.to; ) {
    const rows = next.all(from, range.to);
    addRows(scan, rows, 1, readLarge);
    progress(rows.length);
    const last = rows.at(-1)?.[0];
    if (rows.length < batch || typeof last !== "bigint") return;
    from = last + 1n;
  }
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
function scanWhole(source: SourceFile, table: SourceTable, scan: TableScan, progress: (rows: number) => void): void {
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
function countInvalid(
  source: SourceFile,
  catalog: SourceCatalog,
  table: SourceTable,
  column: string,
  { range }: Piece,
): number {
  const name = quoteName(column);
  const within = range ? `AND ${table.rowidName} BETWEEN ${range.from} AND ${range.to}` : "";
  const sql = `SELECT CAST(${name} AS BLOB) FROM ${quoteName(table.name)}
    WHERE typeof(${name}) = 'text' AND octet_length(${name}) <= ${longest} ${within}`;
  let invalid = 0;
  for (const [bytes] of source.prepare(sql).iterate())
    if (bytes instanceof Uint8Array && !isWhole(bytes, catalog.encoding)) invalid += 1;
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
