import type { Reporter } from "../../cli/reporter.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import type { OpenView, VerifyResult } from "../model/results.ts";
import { both } from "./both.ts";
import type { VerifyInput } from "./input.ts";
import { rowChecks } from "./row-checks.ts";
import { RowsProof, type RowsResult } from "./rows.ts";
import { type Checked, checkSchema } from "./schema/check-schema.ts";
import { TargetConnections } from "./target-connections.ts";
import { Readers } from "./values/readers.ts";
import { viewFile } from "./views/source-file.ts";
import { compareViews } from "./views/views.ts";

/** Most differences that are listed. */
const mostListed = 1_000;

/**
 * Proves that the target holds what the snapshot holds, or says where it does not. Works from the plan alone and shares no
 * code with the loader. Reads only, but for temporary tables.
 * @param rows the comparison of the rows, where it has begun already
 * @throws {LandfallError} target, source; a difference is a result, not an error
 */
export async function verify(
  input: VerifyInput,
  reporter: Reporter,
  rows = new RowsProof(reporter),
): Promise<VerifyResult> {
  const started = Date.now();
  const { target, plan, catalog } = input;
  try {
    const [proof, schema] = await both(
      rows.result(input),
      withConnection(target, (connection) => checkSchema(connection, plan, catalog)),
    );
    const views = await viewsOf(input, proof);
    const checked = {
      checks: [...schema.checks, ...views.checks],
      differences: [...schema.differences, ...views.differences],
    };
    // What lay between the rows' end and the call was another step's.
    const durationMs = proof.durationMs + Date.now() - Math.max(started, proof.endedAt);
    return { ...summary(proof, checked, durationMs), open: views.open };
  } finally {
    await rows.end();
  }
}

async function viewsOf(input: VerifyInput, { quarantine }: RowsResult): Promise<Checked & { open: OpenView[] }> {
  const { target, plan, catalog, snapshot, folder, viewLimitMs } = input;
  const source = viewFile(snapshot.file, catalog, plan, quarantine, folder);
  const readers = new Readers();
  let connections: TargetConnections | undefined;
  try {
    connections = await TargetConnections.open(target, 1);
    const { first } = connections;
    const { check, differences, open } = await compareViews(first, readers, plan, catalog, source, viewLimitMs);
    return { checks: [check], differences, open };
  } finally {
    source.discard();
    await readers.close();
    await connections?.close();
  }
}

function summary(rows: RowsResult, schema: Checked, durationMs: number): VerifyResult {
  const results = rows.tables;
  const tables = results.map(({ proof }) => proof);
  const differences = [...results.flatMap((result) => result.differences), ...schema.differences];
  const checks = [...rowChecks(results), ...schema.checks];
  return {
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    values: tables.reduce((sum, { values }) => sum + values, 0),
    differences: differences.slice(0, mostListed),
    differenceCount: differences.length,
    checks,
    durationMs,
    server: rows.server,
    equal: tables.every(({ equal }) => equal) && checks.every(({ passed }) => passed),
  };
}
