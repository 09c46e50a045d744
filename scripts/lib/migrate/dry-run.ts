import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reporter } from "../cli/reporter.ts";
import { count, table } from "../cli/table.ts";
import type { Outcome } from "../cli/verb.ts";
import { examine } from "./examine.ts";
import type { MigrateOptions } from "./migrate.ts";
import type { Plan } from "./model/plan.ts";
import { planFor } from "./planning.ts";
import { undecidedOf } from "./verdict.ts";

/** The source and the plan for it, made beside the run and without touching the target. */
export async function planOnly(options: MigrateOptions, reporter: Reporter) {
  const folder = mkdtempSync(join(tmpdir(), "landfall-plan-"));
  try {
    reporter.step(1, 3, "Taking a snapshot of the source");
    const examination = examine(options.sqlite, folder, reporter);
    const snapshot = await examination.snapshot;
    reporter.step(2, 3, "Reading what every column holds");
    const { catalog, profile } = await examination.profiled;
    reporter.step(3, 3, "Planning what becomes of every object");
    const plan = await planFor({ catalog, profile, snapshot, target: null, options });
    return { catalog, profile, plan };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `migrate --dry-run` says: the tables with their rows, and which objects would need a decision. */
export async function dryRun(options: MigrateOptions, reporter: Reporter): Promise<Outcome> {
  const { profile, plan } = await planOnly(options, reporter);
  const undecided = undecidedOf(plan);
  const rowsOf = (name: string) => profile.tables.find((table) => table.name === name)?.rows ?? 0;
  const rows = plan.tables.map(({ source, target, columns }) => [
    ...[source, target, count(rowsOf(source)), columns.length],
  ]);
  const text = [
    table(["table", "becomes", ">rows", ">columns"], rows),
    "",
    `nothing was done; ${planLine(plan)}`,
    ...undecided.map((key) => `  needs a decision: ${key}`),
  ];
  return { data: { tables: rows, undecided, accounts: plan.accounts }, text: text.join("\n") };
}

function planLine({ accounts }: Plan): string {
  const ends = ["migrated", "translated", "waived", "undecided"] as const;
  return ends.map((end) => `${accounts.filter(({ outcome }) => outcome === end).length} ${end}`).join(", ");
}
