import { quoteName } from "../../db/sqlite/names.ts";
import type { SourceFile } from "../../db/sqlite/open.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";

/** A part of the work: a table, or the rows of one whose rowids lie in a range. */
export interface Piece {
  /** Its place in the catalog's tables. */
  table: number;
  /** Rowids from and to, both included; null where the table is read whole. */
  range: { from: bigint; to: bigint } | null;
  /** Rows to be expected, for the progress only. */
  rows: number;
}

/** Rowids of a piece: small enough that two threads end at about the same time. */
const span = 20_000n;
const mostPieces = 512n;
/** SQLite's limit for a result: no place is left for the rowid beside so many columns. */
const mostColumns = 2000;

/** The tables whose rows are moved: ordinary ones, and what virtual ones show. */
export const isMoved = ({ kind, columns }: SourceTable) =>
  (kind === "table" || kind === "virtual") && columns.length > 0;

/**
 * Cuts a catalog's tables into pieces. Tables without a rowid of their own, and virtual ones, are a piece each. The largest tables
 * come first: the scanners' code is compiled for what they meet first.
 */
export function cutPieces(source: SourceFile, catalog: SourceCatalog): Piece[] {
  const tables = catalog.tables.map((table, number) => (isMoved(table) ? cutTable(source, table, number) : []));
  return tables.sort((a, b) => b.length - a.length).flat();
}

function cutTable(source: SourceFile, table: SourceTable, number: number): Piece[] {
  const ends = table.columns.length < mostColumns ? rowidEnds(source, table) : undefined;
  if (ends === undefined) return [{ table: number, range: null, rows: 0 }];
  if (ends === null) return [];
  const all = ends.max - ends.min + 1n;
  const size = all / mostPieces > span ? all / mostPieces + 1n : span;
  const pieces: Piece[] = [];
  for (let from = ends.min; from <= ends.max; from += size) {
    const to = from + size - 1n < ends.max ? from + size - 1n : ends.max;
    pieces.push({ table: number, range: { from, to }, rows: Number(to - from + 1n) });
  }
  return pieces;
}

/** Smallest and largest rowid; null for an empty table, undefined where rows have none to be read by. */
export function rowidEnds(source: SourceFile, table: SourceTable): { min: bigint; max: bigint } | null | undefined {
  if (table.rowidName === null || table.kind === "virtual") return undefined;
  const name = quoteName(table.name);
  // Two queries: SQLite walks to an end for each, and would read all rows for both in one.
  const [min] = source.prepare(`SELECT min(${table.rowidName}) FROM ${name}`).get() ?? [];
  const [max] = source.prepare(`SELECT max(${table.rowidName}) FROM ${name}`).get() ?? [];
  return typeof min === "bigint" && typeof max === "bigint" ? { min, max } : null;
}
