import type { ExitName } from "../cli/exit-codes.ts";
import { count, counted } from "../cli/table.ts";
import type { Plan } from "./model/plan.ts";
import type { LoadResult, VerifyResult } from "./model/results.ts";

/** How a migration ended, for the exit code, the report's first line and the corpus. */
export interface Verdict {
  exit: ExitName;
  /** "proven", "proven, 3 quarantined", "2 objects need a decision", "NOT EQUAL: 5 differences" */
  text: string;
  problem?: { message: string; hint: string };
}

/**
 * The worst of what happened decides: a difference, then an object that nobody decided on, then rows in quarantine. Only a
 * migration without any of them is "ok".
 */
export function verdictOf(plan: Plan, load: LoadResult, verified: VerifyResult): Verdict {
  const quarantined = load.tables.reduce((sum, table) => sum + table.quarantined, 0);
  const undecided = undecidedOf(plan);
  if (!verified.equal) {
    const first = verified.differences[0]?.text ?? verified.checks.find(({ passed }) => !passed)?.detail ?? "";
    return {
      exit: "different",
      text: `NOT EQUAL: ${counted(verified.differenceCount, "difference")}`,
      problem: {
        message: `the target does not hold what the source held: ${first}`,
        hint: "read the report, mend the cause, and run migrate again with --restart",
      },
    };
  }
  if (undecided.length > 0) return undecidedVerdict(undecided, quarantined);
  if (quarantined > 0) {
    return {
      exit: "quarantined",
      text: `proven, ${count(quarantined)} quarantined`,
      problem: {
        message: `${counted(quarantined, "row is", "rows are")} in quarantine: the target cannot hold ${quarantined === 1 ? "it" : "them"} as the plan says`,
        hint: "read them in quarantine.jsonl, or choose other types in a mapping file and run migrate with --restart",
      },
    };
  }
  return { exit: "ok", text: "proven" };
}

/** The objects that are neither migrated nor translated nor waived, by the keys that a waiver names. */
export function undecidedOf(plan: Plan): string[] {
  return plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key }) => key);
}

function undecidedVerdict(undecided: string[], quarantined: number): Verdict {
  const named = undecided.slice(0, 10).join(", ");
  const more = undecided.length > 10 ? ` and ${undecided.length - 10} more` : "";
  const objects = counted(undecided.length, "object needs a decision", "objects need a decision");
  return {
    exit: "undecided",
    text: quarantined > 0 ? `${objects}, ${count(quarantined)} quarantined` : objects,
    problem: {
      message: `every row is proven, but ${objects}: ${named}${more}`,
      hint: "give each its SQL or a waiver with a reason in a mapping file (docs/mapping.md), or pass --waive-untranslated; then run migrate with --restart",
    },
  };
}
