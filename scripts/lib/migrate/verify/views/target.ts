import type { Connection } from "../../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../../db/postgres/identifiers.ts";
import type { ViewColumnPlan } from "../../model/plan.ts";
import { type ViewColumn, viewSql } from "./forms.ts";
import { stillGivingRows } from "./source.ts";
import { type ViewRows, ViewSums } from "./sums.ts";

/** Rows that are fetched at once. */
const batch = 2_000;

/** Runs a view in PostgreSQL, for `limitMs` at most. Inside a transaction, which a view that takes longer breaks. */
export async function targetView(
  connection: Connection,
  schema: string,
  view: string,
  columns: ViewColumn[],
  keep: boolean,
  limitMs: number,
): Promise<ViewRows> {
  const sums = new ViewSums(keep);
  const forms = columns.map((column) => viewSql(`v.${quoteIdentifier(column.target)}`, column));
  const until = Date.now() + limitMs;
  const shown = columns.map(({ target }) => `left(v.${quoteIdentifier(target)}::text, 200)`);
  // Bounds what gives no row at all, too.
  await connection.query(`SET LOCAL statement_timeout = ${limitMs}`);
  await connection.query(
    `DECLARE landfall_view NO SCROLL CURSOR FOR SELECT ${[...forms, ...(keep ? shown : [])].join(", ")}
     FROM ${quoteQualified(schema, view)} AS v`,
  );
  for (;;) {
    const rows = await connection.queryTexts(`FETCH ${batch} FROM landfall_view`);
    for (const row of rows) {
      sums.add(
        columns.flatMap(({ approximate }, i) => (approximate ? [] : [row[i] ?? null])),
        columns.flatMap(({ approximate }, i) => (approximate ? [row[i] == null ? Number.NaN : Number(row[i])] : [])),
        () => columns.map(({ source }, i) => `${source} = ${row[columns.length + i] ?? "NULL"}`).join(", "),
      );
    }
    if (rows.length < batch) break;
    if (Date.now() > until) throw stillGivingRows("in PostgreSQL", sums.result.rows, limitMs);
  }
  await connection.query("CLOSE landfall_view");
  await connection.query("SET LOCAL statement_timeout = 0");
  return sums.result;
}

/** The planned columns with their types; a column that is not there is left out. */
export async function viewColumns(
  connection: Connection,
  schema: string,
  view: string,
  columns: ViewColumnPlan[],
): Promise<ViewColumn[]> {
  const rows = await connection.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [schema, view],
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  return columns.flatMap((column) => {
    const type = types.get(column.target);
    return type === undefined ? [] : [{ ...column, type }];
  });
}
