import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import { openSource } from "../../../db/sqlite/open.ts";
import type { TableProfile } from "../../model/profile.ts";
import type { SourceTable } from "../../model/source.ts";
import type { RowRange } from "./scan.ts";

/** Rowids of a range at least: fewer are read before a second thread has started. */
const fewest = 50_000n;
/** Ranges for each thread, so that all end at about the same time. */
const perThread = 8n;
/** SQLite's limit for a result: no place is left for the rowid beside so many columns. */
const mostColumns = 2000;
/** Rows and bytes that are read at once: more bring nothing. */
const [mostRows, mostBytes] = [100, 1_000_000];
const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;

/**
 * Cuts a table of the snapshot into ranges of rowids, for as many threads. The first is open below and the last above, so that
 * together they are the table whatever was asked. One undefined range where nothing is gained by rowids, or there are none.
 * @param profile says how large its rows are, and so how many can be read at once
 */
export function rangesOf(
  file: string,
  table: SourceTable,
  threads: number,
  profile?: TableProfile,
): (RowRange | undefined)[] {
  const { rowidName: rowid } = table;
  if (threads < 2 || rowid === null || table.kind !== "table" || table.columns.length >= mostColumns)
    return [undefined];
  // Opening the file reads its whole schema: for each of thousands of small tables that would be most of the work.
  const known = profile?.rowids;
  const { first, last } = known ? { first: BigInt(known.min), last: BigInt(known.max) } : ends(file, table.name, rowid);
  const size = larger((last - first) / (BigInt(threads) * perThread) + 1n, fewest);
  const cuts: bigint[] = [];
  for (let cut = first + size; cut <= last; cut += size) cuts.push(cut);
  const batch = profile && batchOf(table, profile);
  if (cuts.length === 0 && batch === undefined) return [undefined];
  return [lowest, ...cuts].map((from, i) => {
    const next = cuts[i];
    return { rowid, first: String(from), last: String(next === undefined ? highest : next - 1n), batch };
  });
}

/** Rows that can be read at once; undefined where nothing is known of a column. */
function batchOf({ columns }: SourceTable, profile: TableProfile): number | undefined {
  let largest = 1;
  for (const { name } of columns) {
    const found = profile.columns.find((column) => column.name === name);
    if (!found) return undefined;
    largest += Math.max(found.texts?.maxBytes ?? 0, found.blobs?.maxBytes ?? 0);
  }
  return Math.max(1, Math.min(mostRows, Math.floor(mostBytes / largest)));
}

/** Smallest and largest rowid; zeros for an empty table. In two queries: SQLite would read all rows for both in one. */
function ends(file: string, table: string, rowid: string): { first: bigint; last: bigint } {
  const source = openSource(file, { immutable: true });
  try {
    const end = (which: "min" | "max") => {
      const sql = `SELECT ${which}(t.${quoteIdentifier(rowid)}) FROM main.${quoteIdentifier(table)} AS t`;
      const value = source.prepare(sql).get()?.[0];
      return typeof value === "bigint" ? value : 0n;
    };
    return { first: end("min"), last: end("max") };
  } finally {
    source.close();
  }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);
