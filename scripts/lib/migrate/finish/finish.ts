import { availableParallelism } from "node:os";
import type { Reporter } from "../../cli/reporter.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Target } from "../../db/postgres/target.ts";
import { Control } from "../control/control.ts";
import { putBack } from "../control/set-aside.ts";
import type { ConstraintPlan, Plan, TablePlan } from "../model/plan.ts";
import type { FinishResult, Snapshot } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import { type Statement, schemaStatements, validateSql } from "../schema/statements.ts";
import { Journal, type Refused } from "./journal.ts";
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
 * @throws {LandfallError} busy, target
 */
export async function finish(input: FinishInput, reporter: Reporter): Promise<FinishResult> {
  const started = Date.now();
  const { plan, catalog, target, runId, snapshot } = input;
  const control = await Control.open(target, { runId, source: snapshot.source, sha256: snapshot.sha256 });
  const statements = schemaStatements(plan);
  const validations = plan.tables.map((table) => validationsOf(plan, table));
  const total = sum([
    ...[statements.keys, statements.indexes, statements.foreignKeys, statements.rest].map(({ length }) => length),
    ...validations.map(({ length }) => length),
    plan.tables.length,
  ]);
  const progress = reporter.progress("statements done", total, "statements");
  const journal = new Journal(target, runId);
  let passed = 0;
  const run = (lists: Statement[][], lanes: number, refusal: RegExp | null = null) =>
    journal.run(lists, lanes, refusal, () => progress.update(++passed));
  const lanes = Math.max(1, Math.floor(availableParallelism() / 2));
  const each = (list: Statement[]) => list.map((statement) => [statement]);
  try {
    // A key's building locks its table: those of one table wait for each other, so they go into one list.
    const keyless = await run(byTable(plan, statements.keys), lanes, brokenByRows);
    const unindexed = await run(each(statements.indexes), lanes, brokenByRows);
    const restored = await putBack(control.connection, runId);
    const unlinked = await run([statements.foreignKeys], 1, notMakable);
    const sequences = await setSequences(control.connection, plan, catalog);
    const unmade = [...keyless, ...unindexed, ...unlinked, ...(await run([statements.rest], 1, notMakable))];
    const left = new Set(unmade.map(({ statement }) => statement.account));
    const possible = validations.map((list) => list.filter(({ account }) => !left.has(account)));
    const invalid = await run(possible, lanes, brokenByRows);
    const analyze = plan.tables.map((table) => [analyzeOf(plan, table)]);
    await run(analyze, lanes);
    await control.setState("finished");
    return {
      statements: journal.done,
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
    await control.close();
  }
}

function byTable({ tables }: Plan, statements: Statement[]): Statement[][] {
  const tableOf = new Map(
    tables.flatMap(({ target, constraints }) => constraints.map(({ account }) => [account, target] as const)),
  );
  return Object.values(Object.groupBy(statements, ({ account }) => tableOf.get(account) ?? account)).filter(
    (list) => list !== undefined,
  );
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

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
