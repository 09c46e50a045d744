import type { SourceTable } from "../../migrate/model/source.ts";
import type { SourceFile } from "../sqlite/open.ts";

/** The fields of a table's rows in the file. */
export interface StoredLayout {
  fields: number;
  /** The field of the INTEGER PRIMARY KEY, which is stored as NULL; -1 where there is none. */
  rowidField: number;
  /** Of the columns that were asked for; `real`: of REAL's affinity, in which integers are floats kept short. */
  columns: { field: number; real: boolean }[];
}

/** @returns null where the rows are not stored by rowids, or a column is not stored */
export function storedLayout(table: SourceTable, columns: string[]): StoredLayout | null {
  if (table.kind === "virtual" || table.withoutRowid || table.rowidName === null) return null;
  const kept = table.columns.filter(({ generated }) => generated !== "virtual");
  const fieldOf = (name: string) => kept.findIndex((column) => column.name === name);
  const layout = columns.map((name) => ({ field: fieldOf(name), real: kept[fieldOf(name)]?.affinity === "real" }));
  if (layout.some(({ field }) => field < 0)) return null;
  const rowidField = table.rowidAlias === null ? -1 : fieldOf(table.rowidAlias);
  return { fields: kept.length, rowidField, columns: layout };
}

/** Of a file that nobody writes, read once: SQLite looks through its whole schema for each of thousands of tables. */
const rootPages = new WeakMap<SourceFile, Map<string, number>>();

/** The first page of a table's tree; null where there is no such table. */
export function rootPage(source: SourceFile, table: string): number | null {
  const known = rootPages.get(source) ?? readRootPages(source);
  rootPages.set(source, known);
  return known.get(table) ?? null;
}

function readRootPages(source: SourceFile): Map<string, number> {
  const rows = source.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").all();
  return new Map(rows.map(([name, page]) => [String(name), Number(page)]));
}
