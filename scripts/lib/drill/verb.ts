import { type Command, Option } from "commander";
import type { StackOutputs } from "../../../infra/contract.ts";
import { parseTime } from "../backup/restore/target.ts";
import type { Reporter } from "../cli/reporter.ts";
import { count, duration, table } from "../cli/table.ts";
import type { CommonOptions, Outcome } from "../cli/verb.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { folderStore } from "../store/folder.ts";
import type { Store } from "../store/store.ts";
import { hasFailed, tally, verdictOf } from "./assertions.ts";
import { drill } from "./drill.ts";
import { checkEvidence, readDrills } from "./evidence.ts";
import { figures } from "./evidence-page.ts";
import type { DrillResult } from "./result.ts";
import { chooseSabotage, sabotageNames } from "./sabotage/sabotages.ts";
import { statisticsOf } from "./statistics.ts";

export interface DrillVerbOptions extends CommonOptions {
  at: string;
  sabotage?: string;
  repo?: string;
  history: boolean;
}

/** Adds the options of `npm run drill`. */
export const drillOptions = (command: Command): Command =>
  command
    .option(
      "--at <moment>",
      "latest, random (an earlier drill's moment, or any time), or a time with its zone",
      "latest",
    )
    .addOption(
      new Option("--sabotage <name>", "break a copy of the repository first: the drill has to fail").choices(
        sabotageNames,
      ),
    )
    .addOption(new Option("--repo <n>", "restore from this repository: 1 or 2").choices(["1", "2"]))
    .option("--history", "show past drills and check their evidence", false);

/** What `npm run drill` does, by its options. */
export async function drillVerb(
  outputs: StackOutputs & { backup: LocalBackup },
  options: DrillVerbOptions,
  reporter: Reporter,
): Promise<Outcome> {
  const { records } = outputs.backup;
  if (options.history) return historyOf(folderStore(records));
  const to = options.at === "latest" || options.at === "random" ? options.at : parseTime(options.at);
  const sabotage = options.sabotage === undefined ? undefined : chooseSabotage(options.sabotage);
  if (options.dryRun) {
    const text = `the newest backup that reaches ${options.at} would be restored beside the database, proven, and removed`;
    return {
      data: { stack: outputs.stack, at: options.at },
      text: sabotage ? `${text}; before that: ${sabotage.what}` : text,
    };
  }
  const from = options.repo === undefined ? {} : { repository: Number(options.repo) };
  const result = await drill(outputs, { to, ...from, ...(sabotage ? { sabotage } : {}) }, reporter);
  return drillOutcome(
    result,
    "docs/backups.md says what each assertion means; if in doubt, npm run backup -- --type full, and drill again",
  );
}

/** How a drill's result is told. @param hint what to do about a drill that failed */
export function drillOutcome(result: DrillResult, hint: string): Outcome {
  const text = drillText(result);
  if (result.passed) return { data: result, text };
  const problem = {
    message: `the drill failed: ${causesOf(result).join("; ")}`,
    hint,
  };
  return { data: result, text, exit: "drill", problem };
}

/** What failed in a drill, without what could not run because of it. */
export const causesOf = ({ assertions }: Pick<DrillResult, "assertions">): string[] =>
  assertions
    .filter((assertion) => hasFailed(assertion) && !assertion.detail.startsWith("could not run"))
    .map(({ name, detail }) => `${name}: ${detail}`);

export function drillText(result: DrillResult): string {
  const rows = result.assertions.map((assertion) => [verdictOf(assertion), assertion.name, assertion.detail]);
  const { passed, failed, notApplicable } = tally(result.assertions);
  const others = notApplicable > 0 ? `, ${notApplicable} not applicable` : "";
  const time = (ms: number | null) => (ms === null ? "none" : duration(ms));
  return [
    table(["", "assertion", "found"], rows),
    "",
    `${passed} of ${passed + failed} assertions passed${others}; backup ${result.backup ?? "none"}; ${result.tables} tables, ${count(BigInt(result.rows))} rows`,
    `recovery time ${time(result.recoveryTimeMs)}, recovery point ${time(result.recoveryPointMs)}`,
  ].join("\n");
}

/** Past drills and their figures; fails where evidence is not as it was written. */
export async function historyOf(records: Store): Promise<Outcome> {
  const drills = await readDrills(records);
  const statistics = statisticsOf(drills);
  const time = (ms: number | null) => (ms === null ? "" : duration(ms));
  const rows = drills
    .slice(-30)
    .map(({ startedAt, passed, backup, recoveryTimeMs, recoveryPointMs, assertions }) => [
      startedAt.slice(0, 19).replace("T", " "),
      passed ? "passed" : "FAILED",
      backup ?? "",
      time(recoveryTimeMs),
      time(recoveryPointMs),
      `${assertions.passed}/${assertions.of}`,
    ]);
  const tampered = await checkEvidence(records);
  const text = [
    table(["began (UTC)", "", "backup", ">recovery time", ">recovery point", ">assertions"], rows),
    "",
    `${statistics.passed} of ${statistics.drills} passed; recovery time ${figures(statistics.recoveryTime)}; recovery point ${figures(statistics.recoveryPoint)}`,
    tampered.length > 0
      ? `evidence: ${tampered.join("; ")}`
      : `evidence: all files as they were written, in ${records.place}/drills`,
  ].join("\n");
  const problem = {
    message: tampered.join("; "),
    hint: "find out who changed it; the drills before and after still stand",
  };
  return { data: { drills, statistics, tampered }, text, ...(tampered.length > 0 ? { exit: "drill", problem } : {}) };
}
