import type { Reporter } from "../../cli/reporter.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Target } from "../../db/postgres/target.ts";
import { Control } from "../control/control.ts";
import { loadedBytes } from "../control/manifest.ts";
import { putBack } from "../control/set-aside.ts";
import type { ConstraintPlan, Plan, TablePlan } from "../model/plan.ts";
import type { FinishResult, Snapshot } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import { type Statement, schemaStatements, validateSql } from "../schema/statements.ts";
import { Lanes, large, noWaiting, type Refused, type Work } from "./lanes.ts";
import { setSequences } from "./sequences.ts";

export interface FinishInput {
  snapshot: Snapshot;
  catalog: SourceCatalog;
  plan: Plan;
  target: Target;
  runId: string;
}

/** The rows break it (23…), or a value is too long for an index (54…): what is made is named in the result. */
const brokenByRows = /^(23|54)/;
/** The server cannot make it at all: a translation that it reads otherwise, or what it stands on was not made. */
const notMakable = /^(0A|22|23|42|54)/;

/**
 * Makes what comes after the data: keys, indexes, foreign keys and checks, views, triggers, comments, statistics; and sets the
 * sequences. Each statement is done once, however often this is killed and called again.
 * @param readable called when nothing locks a table against readers any more: what is left is to validate and to analyze
 * @throws {LandfallError} busy, target
 */
export async function finish(input: FinishInput, reporter: Reporter, readable?: () => void): Promise<FinishResult> {
  const started = Date.now();
  const { plan, catalog, target, runId, snapshot } = input;
  const control = await Control.open(target, { runId, source: snapshot.source, sha256: snapshot.sha256 });
  const lanes = new Lanes(target, { runId, schema: plan.schema });
  try {
    await control.connection.query(noWaiting);
    const bytes = await loadedBytes(control);
    const { foreignKeys, rest } = schemaStatements(plan);
    const { builds, constraints } = buildsOf(plan, bytes);
    const validations = plan.tables.flatMap((table) => validationsOf(plan, table));
    const statements = [...builds.flatMap((build) => build.statements), ...constraints, ...foreignKeys, ...rest];
    const total = statements.length + validations.length + plan.tables.length;
    const progress = reporter.progress("statements done", total, "statements");
    let passed = 0;
    const run = (works: Work[], refusal: RegExp) => lanes.run(works, refusal, () => progress.update(++passed));
    const inOrder = (list: Statement[], refusal: RegExp) => run([{ statements: list, bytes: 0 }], refusal);
    try {
      const unbuilt = await run(builds, brokenByRows);
      const without = new Set(unbuilt.map(({ statement }) => statement.account));
      const made = constraints.filter(({ account }) => !without.has(account));
      const unmade = [...unbuilt, ...(await inOrder(made, brokenByRows))];
      const restored = await putBack(control.connection, runId);
      unmade.push(...(await inOrder(foreignKeys, notMakable)));
      const sequences = await setSequences(control.connection, plan, catalog);
      unmade.push(...(await inOrder(rest, notMakable)));
      const left = new Set(unmade.map(({ statement }) => statement.account));
      readable?.();
      // A table's validation and its statistics lock each other out, so they are one work.
      const checks = plan.tables.map((table) => ({
        statements: [...validationsOf(plan, table).filter(({ account }) => !left.has(account)), analyzeOf(plan, table)],
        bytes: bytes.get(table.source) ?? 0,
      }));
      const invalid = await run(checks, brokenByRows);
      await control.connection.query("RESET synchronous_commit");
      await control.setState("finished");
      return {
        statements: lanes.done,
        durationMs: Date.now() - started,
        sequences,
        refused: [
          ...unmade.map((one) => ({ ...named(plan, one), account: one.statement.account, made: false })),
          ...invalid.map((one) => ({ ...named(plan, one), account: one.statement.account, made: true })),
        ],
        notValid: [...unmade.map((one) => named(plan, one)), ...restored, ...invalid.map((one) => named(plan, one))],
      };
    } finally {
      progress.done();
    }
  } finally {
    await lanes.close();
    await control.close();
  }
}

/** The table of an index as the plan writes it. One that a person wrote may not be found, which only changes its turn. */
const indexed = / ON ("(?:[^"]|"")+"\."(?:[^"]|"")+") /;

/**
 * What builds indexes, and the constraints to be made from them. A key as a whole locks its table: where that is large, its index
 * is built beside the table's others, and the constraint comes after all of them.
 */
function buildsOf(plan: Plan, bytes: Map<string, number>): { builds: Work[]; constraints: Statement[] } {
  const { keys, indexes } = schemaStatements(plan);
  const builds: Work[] = [];
  const constraints: Statement[] = [];
  // One work for all of a small table: two lanes that each hold one table and wait for the other's would never end.
  const whole = new Map<string, Work>();
  const addTo = (table: string, statement: Statement, size: number) => {
    const work = whole.get(table) ?? { statements: [], bytes: size };
    work.statements.push(statement);
    whole.set(table, work);
  };
  for (const { account, table, sql, halves } of keys) {
    const size = bytes.get(table) ?? 0;
    if (halves && size >= large) {
      builds.push({ statements: [{ account, sql: halves.index }], bytes: size });
      constraints.push({ account, sql: halves.constraint });
    } else {
      addTo(table, { account, sql }, size);
    }
  }
  const tables = new Map(plan.tables.map(({ source, target }) => [quoteQualified(plan.schema, target), source]));
  for (const statement of indexes) {
    const table = tables.get(indexed.exec(statement.sql)?.[1] ?? "") ?? "";
    const size = bytes.get(table) ?? 0;
    if (size >= large) builds.push({ statements: [statement], bytes: size });
    else addTo(table, statement, size);
  }
  return { builds: [...builds, ...whole.values()], constraints };
}

const isMadeNotValid = ({ kind }: ConstraintPlan) => kind === "foreign" || kind === "check";

function validationsOf(plan: Plan, table: TablePlan): Statement[] {
  return table.constraints
    .filter((constraint) => isMadeNotValid(constraint) && constraint.validate)
    .map((constraint) => ({ account: constraint.account, sql: validateSql(plan, table, constraint) }));
}

function analyzeOf({ schema }: Plan, { source, target }: TablePlan): Statement {
  return { account: `table ${source}`, sql: `ANALYZE ${quoteQualified(schema, target)}` };
}

/** By the name of the constraint or the index, which is what a person looks for. */
function named({ tables, objects }: Plan, { statement, reason }: Refused): { name: string; reason: string } {
  const made = [...tables.flatMap(({ constraints }) => constraints), ...objects];
  return { name: made.find(({ account }) => account === statement.account)?.name ?? statement.account, reason };
}
