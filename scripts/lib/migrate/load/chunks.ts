import { quoteIdentifier } from "../../db/postgres/identifiers.ts";
import type { SourceFile } from "../../db/sqlite/open.ts";
import type { TableShape } from "./shape.ts";

/** A piece of a table that is loaded in one transaction. */
export interface Chunk {
  /** Position in the plan. */
  table: number;
  number: number;
  /** Rowids, both within; null for the whole table. */
  first: bigint | null;
  last: bigint | null;
}

/** A commit costs: 4 % at every 50,000 rows, nothing that can be measured at this many. */
const chunkRows = 250_000;

/**
 * Cuts a table into ranges of rowids. The same file gives the same ranges each time, whatever was loaded of them.
 * Dense rowids are cut by arithmetic; where there are gaps, the cuts are looked up, which reads the table's tree once.
 */
export function chunksOf(source: SourceFile, table: number, shape: TableShape, size = chunkRows): Chunk[] {
  const whole: Chunk = { table, number: 0, first: null, last: null };
  if (shape.virtual || shape.rowid === null) return [whole];
  const rowid = `t.${quoteIdentifier(shape.rowid)}`;
  const from = `FROM main.${quoteIdentifier(shape.source)} AS t NOT INDEXED`;
  const [first, last] = source.prepare(`SELECT min(${rowid}), max(${rowid}) ${from}`).get() ?? [];
  if (typeof first !== "bigint" || typeof last !== "bigint") return [whole];
  const chunks: Chunk[] = [];
  const add = (low: bigint, high: bigint) => chunks.push({ table, number: chunks.length, first: low, last: high });
  const step = BigInt(size);
  const next = source.prepare(`SELECT ${rowid} ${from} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT 1 OFFSET ?`);
  let low = first;
  while (last - low >= step) {
    const at = next.get(low, step)?.[0];
    if (typeof at !== "bigint") break;
    add(low, at - 1n);
    low = at;
  }
  add(low, last);
  return chunks;
}
