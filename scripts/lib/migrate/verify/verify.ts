import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import type { Target } from "../../db/postgres/target.ts";
import type { Plan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot, TableProof, VerifyResult } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import { both } from "./both.ts";
import { emptyQuarantine, readQuarantine } from "./quarantine.ts";
import { rowChecks } from "./row-checks.ts";
import { type Checked, checkSchema } from "./schema/check-schema.ts";
import { checkServer } from "./server.ts";
import { TargetConnections } from "./target-connections.ts";
import type { QuarantineDigest, TableResult } from "./values/prove.ts";
import { proveOrSay } from "./values/prove-or-say.ts";
import { Readers, readerCount } from "./values/readers.ts";
import { viewFile } from "./views/source-file.ts";
import { compareViews } from "./views/views.ts";

export interface VerifyInput {
  snapshot: Snapshot;
  catalog: SourceCatalog;
  plan: Plan;
  /** Of that snapshot; without it rows are read one by one, since nothing is known of their size. */
  profile?: Profile;
  target: Target;
  /** Names the rows in the control schema's quarantine. */
  runId: string;
  /** Of the run: large values in quarantine are in files there. */
  folder: string;
  /** How long a view may take on either side, in ms; ten minutes unless given. */
  viewLimitMs?: number;
}

/** With a table of so many rows, all readers will have work. */
const manyRows = 100_000;

/** Most differences that are listed. */
const mostListed = 1_000;

/**
 * Proves that the target holds what the snapshot holds, or says where it does not. Works from the plan alone and shares no
 * code with the loader. Reads only, but for temporary tables.
 * @throws {LandfallError} target, source; a difference is a result, not an error
 */
export async function verify(input: VerifyInput, reporter: Reporter): Promise<VerifyResult> {
  const started = Date.now();
  const readers = new Readers(readerCount());
  if (input.profile?.tables.some(({ rows }) => rows >= manyRows)) readers.start();
  try {
    return await compare(input, readers, reporter, started);
  } finally {
    await readers.close();
  }
}

async function compare(
  input: VerifyInput,
  readers: Readers,
  reporter: Reporter,
  started: number,
): Promise<VerifyResult> {
  const connections = await TargetConnections.open(input.target, Math.max(2, Math.floor(readerCount() / 2)));
  try {
    const server = await checkServer(connections.first);
    const { snapshot, catalog, plan, target } = input;
    const quarantine = await readQuarantine(connections.first, input.runId, plan.tables, input.folder);
    const [schema, results] = await both(
      withConnection(target, (connection) => checkSchema(connection, plan, catalog)),
      proveTables(input, quarantine, readers, connections, reporter),
    );
    const source = viewFile(snapshot.file, catalog, plan, quarantine, input.folder);
    const views = await compareViews(connections.first, readers, plan, catalog, source, input.viewLimitMs).finally(
      source.discard,
    );
    return summary(
      results,
      { checks: [...schema.checks, views.check], differences: [...schema.differences, ...views.differences] },
      { server, started },
    );
  } finally {
    await connections.close();
  }
}

async function proveTables(
  { snapshot, catalog, plan, profile }: VerifyInput,
  quarantine: Map<string, QuarantineDigest>,
  readers: Readers,
  connections: TargetConnections,
  reporter: Reporter,
): Promise<TableResult[]> {
  const results: TableResult[] = [];
  const sources = new Map(catalog.tables.map((table) => [table.name, table]));
  const profiles = new Map(profile?.tables.map((table) => [table.name, table]));
  const places = new Map(plan.tables.map((table, place) => [table, place]));
  let done = 0;
  const progress = reporter.progress("verifying", plan.tables.length, "tables");
  await connections.each(plan.tables, async (table, connection) => {
    const source = sources.get(table.source);
    if (!source)
      throw new LandfallError("usage", `the plan's table ${table.source} is not in the snapshot`, "make a new plan");
    const result = await proveOrSay(
      {
        file: snapshot.file,
        encoding: catalog.encoding,
        plan: table,
        schema: plan.schema,
        catalog: source,
        profile: profiles.get(table.source),
        quarantine: quarantine.get(table.source) ?? emptyQuarantine(),
      },
      readers,
      connection,
    );
    results[places.get(table) ?? 0] = result;
    progress.update(++done);
  });
  progress.done();
  return results;
}

function summary(
  results: TableResult[],
  schema: Checked,
  { server, started }: { server: string; started: number },
): VerifyResult {
  const tables: TableProof[] = results.map(({ proof }) => proof);
  const differences = [...results.flatMap((result) => result.differences), ...schema.differences];
  const checks = [...rowChecks(results), ...schema.checks];
  return {
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    values: tables.reduce((sum, { values }) => sum + values, 0),
    differences: differences.slice(0, mostListed),
    differenceCount: differences.length,
    checks,
    durationMs: Date.now() - started,
    server,
    equal: tables.every(({ equal }) => equal) && checks.every(({ passed }) => passed),
  };
}
