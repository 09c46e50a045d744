import type { Connection } from "../../db/postgres/connection.ts";
import { quoteLiteral } from "../../db/postgres/identifiers.ts";
import type { TablePlan } from "../model/plan.ts";
import type { RawValue } from "../model/results.ts";
import type { QuarantineDigest } from "./values/prove.ts";
import { rawFormOf } from "./values/raw-row.ts";
import { RowHash } from "./values/row-hash.ts";

/** Rows that are fetched at once, and bytes of them at most where one is large. */
const batchRows = 1_000;
const batchBytes = 64_000_000;

/**
 * What the control schema holds of a run's rows that the target could not hold, by the source's table.
 * @param folder of the run: values of more than 64 MB are in files there
 */
export async function readQuarantine(
  connection: Connection,
  runId: string,
  tables: TablePlan[],
  folder: string,
): Promise<Map<string, QuarantineDigest>> {
  const result = new Map<string, QuarantineDigest>();
  if (!(await hasQuarantine(connection))) return result;
  const loaded = new Map(tables.map((table) => [table.source, loadedColumns(table)]));
  const hash = new RowHash();
  const { largest } = await connection.one<{ largest: number | null }>(
    `SELECT max(octet_length("row"::text)) AS largest FROM landfall.quarantine WHERE run_id = ${quoteLiteral(runId)}`,
  );
  const batch = Math.max(1, Math.min(batchRows, Math.floor(batchBytes / Math.max(1, largest ?? 0))));
  await connection.query(`DECLARE landfall_quarantine NO SCROLL CURSOR FOR ${selectOf(runId)}`);
  for (;;) {
    const rows = await connection.queryTexts(`FETCH ${batch} FROM landfall_quarantine`);
    for (const [table = "", json] of rows) {
      const row = JSON.parse(json ?? "{}") as Record<string, RawValue>;
      const digest = result.get(table ?? "") ?? { rows: 0, sum: 0n, hashes: {} };
      hash.reset();
      for (const column of loaded.get(table ?? "") ?? Object.keys(row))
        hash.add(rawFormOf(row[column], folder) ?? null);
      const name = hash.value.toString();
      digest.rows++;
      digest.sum += hash.value;
      digest.hashes[name] = (digest.hashes[name] ?? 0) + 1;
      result.set(table ?? "", digest);
    }
    if (rows.length < batch) break;
  }
  await connection.query("CLOSE landfall_quarantine");
  return result;
}

export const emptyQuarantine = (): QuarantineDigest => ({ rows: 0, sum: 0n, hashes: {} });

const loadedColumns = ({ columns }: TablePlan) =>
  columns.filter(({ generated }) => generated === null).map(({ source }) => source);

async function hasQuarantine(connection: Connection): Promise<boolean> {
  const row = await connection.one<{ there: boolean }>(
    "SELECT to_regclass('landfall.quarantine') IS NOT NULL AS there",
  );
  return row.there;
}

const selectOf = (runId: string) =>
  `SELECT source_table, "row"::text FROM landfall.quarantine WHERE run_id = ${quoteLiteral(runId)}`;
