import { messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { duration, table } from "../../cli/table.ts";
import { hasFailed } from "../assertions.ts";
import type { DrillResult } from "../result.ts";
import type { Described } from "./sabotage.ts";

/** How one sabotage went. */
export interface Verdict {
  name: string;
  what: string;
  /** The drill failed at the assertion that had to, and named the cause. */
  caught: boolean;
  /** What it said; where it was not caught, what it did instead. */
  cause: string;
  ms: number;
}

/**
 * Drills once with each sabotage. A drill without any has to pass first: a drill that always fails would catch everything.
 * @param drillWith drills the stack, broken in that way
 * @returns the control's result, and a verdict each; none where the control failed
 */
export async function runSabotages<S extends Described>(
  chosen: S[],
  drillWith: (sabotage?: S) => Promise<DrillResult>,
  reporter: Reporter,
): Promise<{ control: DrillResult; verdicts: Verdict[] }> {
  reporter.step(1, chosen.length + 1, "A drill without sabotage, which has to pass");
  const control = await drillWith();
  const verdicts: Verdict[] = [];
  if (!control.passed) return { control, verdicts };
  for (const [i, sabotage] of chosen.entries()) {
    reporter.step(i + 2, chosen.length + 1, `${sabotage.name}: ${sabotage.what}`);
    const started = Date.now();
    const verdict = await drillWith(sabotage).then(
      (result) => judge(sabotage, result),
      (error: unknown) => ({ name: sabotage.name, what: sabotage.what, caught: false, cause: messageOf(error) }),
    );
    const ms = Date.now() - started;
    verdicts.push({ ...verdict, ms });
    reporter.note(`${verdict.caught ? "failed, as it has to" : "NOT CAUGHT"}, after ${duration(ms)}`);
  }
  return { control, verdicts };
}

/** Whether a sabotaged drill failed as it had to. */
export function judge(sabotage: Described, result: Pick<DrillResult, "passed" | "assertions">): Omit<Verdict, "ms"> {
  const { name, what, expects } = sabotage;
  const assertion = result.assertions.find((one) => one.name === expects.assertion);
  const caught =
    !result.passed && assertion !== undefined && hasFailed(assertion) && expects.cause.test(assertion.detail);
  if (caught) return { name, what, caught, cause: `${assertion.name}: ${assertion.detail}` };
  const failed = result.assertions.filter((one) => hasFailed(one) && !one.detail.startsWith("could not run"));
  const said = failed.map((one) => `${one.name}: ${one.detail}`).join("; ");
  return { name, what, caught, cause: said ? `failed otherwise: ${said}` : "the drill PASSED" };
}

export const killRate = (verdicts: Verdict[]): number =>
  verdicts.length === 0 ? 0 : verdicts.filter(({ caught }) => caught).length / verdicts.length;

/** Characters of a cause in the table: a program's whole message would make rows that no terminal shows. `--json` has all of it. */
const longestCause = 160;

/** Both ends stay: where it failed, and why. */
const shortened = (cause: string) =>
  cause.length > longestCause ? `${cause.slice(0, longestCause / 2)} … ${cause.slice(-longestCause / 2)}` : cause;

/** @param notApplicable sabotages that mean nothing here, with the reason; they count neither as caught nor as missed */
export function verdictsText(verdicts: Verdict[], notApplicable: Record<string, string> = {}): string {
  const rows = verdicts.map(({ name, caught, cause, ms }) => [
    name,
    caught ? "failed" : "NOT CAUGHT",
    duration(ms),
    shortened(cause),
  ]);
  const others = Object.entries(notApplicable);
  rows.push(...others.map(([name, reason]) => [name, "not applicable", "", reason]));
  const caught = verdicts.filter((verdict) => verdict.caught).length;
  const rate = Math.floor(killRate(verdicts) * 100);
  const rest = others.length > 0 ? `; ${others.length} not applicable` : "";
  return `${table(["sabotage", "the drill", ">took", "cause it named"], rows)}\n\nkill rate: ${caught} of ${verdicts.length} (${rate} %)${rest}`;
}
