import type { Connection } from "../../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../../db/postgres/identifiers.ts";
import type { BucketSums } from "./buckets.ts";
import { type DigestColumn, fieldHashSql, rowHashSql } from "./row-digest.ts";
import type { FoundRow } from "./tasks.ts";

/** A table of the target with the columns to look at. */
export interface TargetTable {
  schema: string;
  name: string;
  columns: DigestColumn[];
}

const quote = (name: string) => `t.${quoteIdentifier(name)}`;

const from = ({ schema, name }: TargetTable) => `FROM ONLY ${quoteQualified(schema, name)} AS t`;

/** Rows with their hash. OFFSET 0 keeps the planner from working the hash out once for each use of it. */
const hashed = (table: TargetTable, more = "") =>
  `(SELECT ${rowHashSql(table.columns, quote)} AS h${more} ${from(table)} OFFSET 0) AS r`;

const maskOf = (bits: number) => 2 ** bits - 1;

/** The same sums as `Buckets` makes of the source; with no bits, one sum over all rows. */
export async function targetDigest(connection: Connection, table: TargetTable, bits: number): Promise<BucketSums> {
  const rows = await connection.queryTexts(
    bits === 0
      ? `SELECT 0, count(*), sum(${rowHashSql(table.columns, quote, "as planned")}) ${from(table)}`
      : `SELECT (h & ${maskOf(bits)})::int, count(*), sum(h) FROM ${hashed(table)} GROUP BY 1`,
  );
  const result: BucketSums = { rows: 0, counts: {}, sums: {} };
  for (const [bucket, count, sum] of rows) {
    if (count === "0") continue;
    result.rows += Number(count);
    result.counts[Number(bucket)] = Number(count);
    result.sums[Number(bucket)] = BigInt(sum ?? 0);
  }
  return result;
}

/** Rows whose lowest `bits` bits of the hash are in `within`, each once, at most `limit`. */
export async function targetRows(
  connection: Connection,
  table: TargetTable,
  bits: number,
  within: number[],
  limit: number,
): Promise<FoundRow[]> {
  const { columns } = table;
  const field = (name: string) => `(r.t).${quoteIdentifier(name)}`;
  const parts = columns.flatMap((column) => [fieldHashSql(column, field), shownSql(field(column.target), column)]);
  // One array, because a query gives no more than 1,664 columns; as JSON, which holds any text.
  const rows = await connection.queryTexts(
    `SELECT h, times, array_to_json(ARRAY[${parts.map((sql) => `(${sql})::text`).join(", ")}])::text
     FROM (SELECT h, t, count(*) OVER same AS times, row_number() OVER same AS n FROM ${hashed(table, ", t")}
           WHERE (h & ${maskOf(bits)})::int = ANY('{${within.join(",")}}') WINDOW same AS (PARTITION BY h)) AS r
     WHERE n = 1 LIMIT ${limit}`,
  );
  return rows.map(([hash, times, json]) => {
    const values = JSON.parse(json ?? "[]") as (string | null)[];
    const fields = columns.map((_, i) => ({ hash: values[2 * i] ?? "", shown: values[2 * i + 1] ?? "NULL" }));
    return { hash: hash ?? "", times: Number(times), fields };
  });
}

/** A value for people, never long. */
function shownSql(name: string, { convert }: DigestColumn): string {
  if (convert.as === "bytes") return `'x''' || encode(substr(${name}, 1, 100), 'hex') || ''''`;
  if (convert.as === "text") return `to_json(left(${name}::text, 200))::text`;
  return `left(${name}::text, 200)`;
}
