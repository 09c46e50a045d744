import type { Connection } from "../../../db/postgres/connection.ts";
import type { TablePlan } from "../../model/plan.ts";
import type { TableProfile } from "../../model/profile.ts";
import type { Difference, TableProof } from "../../model/results.ts";
import type { SourceCatalog, SourceTable } from "../../model/source.ts";
import { both } from "../both.ts";
import { addSums, type BucketSums, differingBuckets, totalOf } from "./buckets.ts";
import { compareRows } from "./locate.ts";
import { rangesOf } from "./ranges.ts";
import { type Readers, readerCount } from "./readers.ts";
import { type TargetTable, targetDigest, targetRows } from "./target-side.ts";
import type { SourceDigest, SourceSlice } from "./tasks.ts";

/** What one table's comparison needs. */
export interface TableCase {
  file: string;
  encoding: SourceCatalog["encoding"];
  plan: TablePlan;
  schema: string;
  catalog: SourceTable;
  profile: TableProfile | undefined;
}

/** Rows in quarantine by the hash of their raw values. */
export interface QuarantineDigest {
  rows: number;
  sum: bigint;
  /** How often each is there, by hash as a decimal string. */
  hashes: Record<string, number>;
}

export interface TableResult {
  proof: TableProof;
  differences: Difference[];
  /** False where more rows differ than were looked at. */
  complete: boolean;
  /** Rows of the target's table. */
  targetRows: number;
}

/** Rows are told apart by so many bits of their hash where the sums over all rows differ. */
const bucketBits = 16;
/** Rows of a side that are looked at one by one. */
const mostRows = 20_000;

/**
 * Compares every value of every row of one table: the sums of all hashes first; buckets and rows only where those differ.
 * @param begun of `sourceDigest`
 * @param quarantine what the target's quarantine holds of this table
 */
export async function proveTable(
  table: TableCase,
  begun: Promise<SourceDigest>,
  quarantine: QuarantineDigest,
  readers: Readers,
  connection: Connection,
): Promise<TableResult> {
  const { plan } = table;
  const slice = sliceOf(table);
  const target = { schema: table.schema, name: plan.target, columns: slice.columns };
  const [first, there] = await both(begun, targetDigest(connection, target, 0));
  // Rows that do not fit have to be exactly those in quarantine. Where they are not, the quarantine decides which rows may
  // be missing, and the others have to be in the target.
  const asExpected = first.aside.rows === quarantine.rows && first.aside.sum === quarantine.sum;
  if (!asExpected) slice.quarantined = quarantine.hashes;
  const source = asExpected ? first : await readers.digest({ slice, bits: 0 });
  const differences = asExpected ? [] : strangers(plan.source, quarantine, source);
  const equal = differingBuckets(source, there).length === 0;
  const proof: TableProof = {
    source: plan.source,
    target: plan.target,
    rows: source.rows + source.aside.rows,
    values: (source.rows + source.aside.rows) * plan.columns.length,
    quarantined: quarantine.rows,
    digest: totalOf(source),
    equal: equal && differences.length === 0,
  };
  if (equal) return { proof, differences, complete: true, targetRows: there.rows };
  const located = await locate({ slice, target, table: plan.source, key: keyOf(table) }, readers, connection);
  return { ...located, proof, differences: [...differences, ...located.differences], targetRows: there.rows };
}

/** The whole table's sums, read in ranges where it is big. Only in the first pass: quarantined twins are counted in order. */
export async function sourceDigest(table: TableCase, readers: Readers): Promise<SourceDigest> {
  const { file, catalog, profile } = table;
  const slice = sliceOf(table);
  const parts = await Promise.all(
    rangesOf(file, catalog, readerCount(), profile).map((range) =>
      readers.digest({ slice: { ...slice, range }, bits: 0 }),
    ),
  );
  const aside = { rows: 0, sum: 0n };
  for (const part of parts) {
    aside.rows += part.aside.rows;
    aside.sum += part.aside.sum;
  }
  return { ...addSums(parts), aside, met: {} };
}

function sliceOf({ file, encoding, plan }: TableCase): SourceSlice {
  const columns = plan.columns.map(({ source, target, type, convert, generated, notNull }) => ({
    ...{ source, target, type, convert, notNull },
    generated: generated !== null,
  }));
  return { file, encoding, from: plan.source, columns };
}

/** Positions of the primary key's columns; none where the table has no key, or the plan leaves a part of it out. */
function keyOf({ catalog, plan }: TableCase): number[] {
  const positions = catalog.primaryKey.map((name) => plan.columns.findIndex(({ source }) => source === name));
  return positions.includes(-1) ? [] : positions;
}

interface Search {
  slice: SourceSlice;
  target: TargetTable;
  table: string;
  key: number[];
}

/** From buckets to rows to columns. */
async function locate(search: Search, readers: Readers, connection: Connection) {
  const { slice, target } = search;
  const [a, b] = await both(readers.digest({ slice, bits: bucketBits }), targetDigest(connection, target, bucketBits));
  const { within, complete } = affordable(differingBuckets(a, b), a, b);
  const [source, there] = await both(
    readers.rows({ slice, bits: bucketBits, within, limit: mostRows }),
    targetRows(connection, target, bucketBits, within, mostRows),
  );
  const named = { table: search.table, columns: slice.columns, key: search.key };
  const differences = compareRows(named, source, there);
  // A list that was cut short would make rows look missing that are there.
  if (source.length < mostRows && there.length < mostRows) return { differences, complete };
  return { differences: differences.filter(({ kind }) => kind === "value").slice(0, 1), complete: false };
}

/** As many buckets as can be looked at row by row, at least one. */
function affordable(buckets: number[], a: BucketSums, b: BucketSums): { within: number[]; complete: boolean } {
  const within: number[] = [];
  let rows = 0;
  for (const bucket of buckets) {
    rows += Math.max(a.counts[bucket] ?? 0, b.counts[bucket] ?? 0);
    if (within.length > 0 && rows > mostRows) return { within, complete: false };
    within.push(bucket);
  }
  return { within, complete: true };
}

/** Rows in quarantine that the source does not have. */
function strangers(table: string, quarantine: QuarantineDigest, source: SourceDigest): Difference[] {
  return Object.entries(quarantine.hashes)
    .filter(([hash, times]) => (source.met[hash] ?? 0) < times)
    .map(([hash, times]) => ({
      kind: "quarantine",
      table,
      key: null,
      column: null,
      source: null,
      target: null,
      text: `${table}: a row in quarantine (${times - (source.met[hash] ?? 0)} times) is no row of the source`,
    }));
}
