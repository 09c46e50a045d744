import type { Reporter } from "../cli/reporter.ts";
import { counted } from "../cli/table.ts";
import type { Outcome } from "../cli/verb.ts";
import { planOnly } from "./dry-run.ts";
import type { MigrateOptions } from "./migrate.ts";
import { explainColumn } from "./plan/explain.ts";
import { planText, writePlan } from "./plan/file.ts";

type PlanOptions = MigrateOptions & { output?: string; explain?: string };

/** What `plan` prints or writes. Objects that need a decision are no failure here: deciding is what a plan is for. */
export async function planOutcome(options: PlanOptions, reporter: Reporter): Promise<Outcome> {
  const { plan, profile } = await planOnly(options, reporter);
  if (options.explain !== undefined) {
    const text = explainColumn(plan, profile, options.explain);
    return { data: { column: options.explain, explanation: text }, text };
  }
  for (const { key, outcome, reason } of plan.accounts) {
    if (outcome === "undecided") reporter.warn(`${key} needs a decision: ${reason}`);
  }
  if (options.output === undefined) return { data: plan, text: planText(plan) };
  writePlan(options.output, plan);
  const undecided = plan.accounts.filter(({ outcome }) => outcome === "undecided").length;
  const what = [
    counted(plan.tables.length, "table"),
    ...(undecided > 0 ? [`${counted(undecided, "object")} to decide on in a mapping file (docs/mapping.md)`] : []),
  ];
  return { data: plan, text: `${options.output}: ${what.join(", ")}` };
}
