import { LandfallError } from "../../../cli/errors.ts";
import { count, counted } from "../../../cli/table.ts";
import type { Connection } from "../../../db/postgres/connection.ts";
import type { ObjectPlan, Plan } from "../../model/plan.ts";
import type { Difference, OpenView } from "../../model/results.ts";
import type { SourceCatalog } from "../../model/source.ts";
import { type Check, check } from "../check.ts";
import type { Readers } from "../values/readers.ts";
import type { ViewFile } from "./source-file.ts";
import { unpaired } from "./sums.ts";
import { targetView, viewColumns } from "./target.ts";

/** Most rows that are named for one view. */
const mostNamed = 20;

/** How long a view may take on either side, in ms, before its comparison is given up. */
const viewLimitMs = 600_000;

/**
 * Runs every translated view on both sides and compares the rows, whatever their order. Inside a transaction.
 * @param source what the source's views run on
 * @param limitMs how long a view may take on either side; one that takes longer is named as a difference
 */
export async function compareViews(
  connection: Connection,
  readers: Readers,
  plan: Plan,
  catalog: SourceCatalog,
  source: Omit<ViewFile, "discard">,
  limitMs = viewLimitMs,
): Promise<{ check: Check; differences: Difference[]; open: OpenView[] }> {
  const views = plan.objects.filter(({ kind }) => kind === "view");
  const differences: Difference[] = [];
  const open: OpenView[] = [];
  const rowsAside = counted(source.quarantined, "row");
  const aside = source.quarantined > 0 && !source.without ? `; ${rowsAside} of the source are in quarantine` : "";
  let rows = 0;
  for (const view of views) {
    const name = catalog.views.find((source) => isNamed(view.account, source.name))?.name;
    const differs = (text: string, source: string | null, target: string | null) =>
      differences.push({ kind: "view", table: view.name, key: null, column: null, source, target, text: text + aside });
    if (name === undefined || view.columns === undefined) {
      differs(
        `the rows of the view ${view.name} cannot be compared: the plan does not say what its columns hold`,
        null,
        null,
      );
      continue;
    }
    const job = { connection, readers, schema: plan.schema, view, name, catalog, file: source.file, limitMs };
    try {
      const found = await inZone(plan.localtime, () => compareOpenly(job, differs));
      rows += found.rows;
      if (found.open) open.push({ account: view.account, name: view.name });
    } catch (error) {
      if (!(error instanceof LandfallError)) throw error;
      // A view that one side cannot run ends nothing but its own comparison.
      differs(`the view ${view.name} cannot be run: ${error.message}`, null, null);
      await connection.query("ROLLBACK; BEGIN");
    }
  }
  const without = source.without ? `, ${rowsAside} in quarantine left out` : "";
  const equal = views.length - open.length;
  const others = open.map(({ name }) => name).join(", ");
  const another = open.length > 0 ? `; with another row of a group, which SQLite leaves open: ${others}` : "";
  const holds = `views with the same rows on both sides: ${equal}, rows ${count(rows)}${without}${another}`;
  return { check: check("view rows", differences, holds), differences, open };
}

/** A view that shows the time is equal only where both sides run within the same second. */
const clockTries = 5;
const readsClock = ({ sql }: ObjectPlan) => sql.some((statement) => statement.includes("CURRENT_TIMESTAMP"));

/** Runs `work` in the zone that SQLite's 'localtime' is to mean: it reads it from the process, whatever the thread. */
async function inZone<T>(zone: string | undefined, work: () => Promise<T>): Promise<T> {
  if (zone === undefined) return work();
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

/** An account quotes names that are more than a word. */
const isNamed = (account: string, view: string) =>
  account === `view ${view}` || account === `view ${JSON.stringify(view)}`;

interface ViewCase {
  connection: Connection;
  readers: Readers;
  schema: string;
  view: ObjectPlan;
  /** In the source. */
  name: string;
  catalog: SourceCatalog;
  file: string;
  limitMs: number;
}

/** Compares a view; where it differs, once more without the columns of which SQLite leaves open which row they are of. */
async function compareOpenly(
  job: ViewCase,
  differs: (text: string, source: string | null, target: string | null) => void,
): Promise<{ rows: number; open: boolean }> {
  const { view } = job;
  const decided = view.columns?.filter(({ open }) => !open) ?? [];
  if (decided.length === view.columns?.length) return { rows: await compareView(job, differs), open: false };
  let found = 0;
  const rows = await compareView(job, () => found++);
  if (found === 0) return { rows, open: false };
  return { rows: await compareView({ ...job, view: { ...view, columns: decided } }, differs), open: true };
}

/** @returns the rows of the source's view */
async function compareView(
  { connection, readers, schema, view, name, catalog, file, limitMs }: ViewCase,
  differs: (text: string, source: string | null, target: string | null) => void,
): Promise<number> {
  const columns = await viewColumns(connection, schema, view.name, view.columns ?? []);
  if (columns.length < (view.columns?.length ?? 0)) {
    differs(`the view ${view.name} does not have the planned columns`, null, null);
    return 0;
  }
  const run = async (keep: boolean) => {
    const query = { file, encoding: catalog.encoding, view: name, columns, keep, limitMs };
    return [
      await readers.view(query),
      await targetView(connection, schema, view.name, columns, keep, limitMs),
    ] as const;
  };
  for (let left = readsClock(view) ? clockTries : 1; left > 0; left--) {
    const [a, b] = await run(false);
    if (a.rows === b.rows && a.sum === b.sum) return a.rows;
    // A transaction's clock stands still: another look needs another one.
    if (left > 1) await connection.query("ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  const [source, target] = await run(true);
  const [a, b] = [source, target];
  const alone = unpaired(source.kept, target.kept);
  if (alone.a.length === 0 && alone.b.length === 0 && !source.cut && !target.cut) return a.rows;
  const counts = `${counted(a.rows, "row")} in the source, ${count(b.rows)} in the target`;
  if (source.cut || target.cut) differs(`the view ${view.name} gives other rows: ${counts}`, null, null);
  for (const { shown } of alone.a.slice(0, mostNamed))
    differs(`the view ${view.name} lacks a row in the target: (${shown}); ${counts}`, shown, null);
  for (const { shown } of alone.b.slice(0, mostNamed))
    differs(`the view ${view.name} has a row in the target only: (${shown}); ${counts}`, null, shown);
  return a.rows;
}
