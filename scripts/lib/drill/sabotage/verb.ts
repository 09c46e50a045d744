import type { StackOutputs } from "../../../../infra/contract.ts";
import { rdsPlace } from "../../backup/rds/client.ts";
import { patient } from "../../backup/rds/wait.ts";
import { type Reporter, silentReporter } from "../../cli/reporter.ts";
import type { CommonOptions, Outcome } from "../../cli/verb.ts";
import type { LocalBackup, RdsStack } from "../../stack/beside.ts";
import { recordStore } from "../../store/records.ts";
import { drill } from "../drill.ts";
import { type RdsDrillOptions, rdsDrill } from "../rds/drill.ts";
import { stopSignal } from "../rds/verb.ts";
import type { DrillResult } from "../result.ts";
import { causesOf } from "../verb.ts";
import { needsInstance } from "./rds/sabotage.ts";
import { notOnRds, rdsSabotages } from "./rds/sabotages.ts";
import { killRate, runSabotages, type Verdict, verdictsText } from "./run.ts";
import { sabotages } from "./sabotages.ts";

type Options = Pick<CommonOptions, "dryRun">;

/** What `npm run drill:sabotage` does where pgBackRest makes the backups. */
export async function sabotageVerb(
  outputs: StackOutputs & { backup: LocalBackup },
  { dryRun }: Options,
  reporter: Reporter,
): Promise<Outcome> {
  if (dryRun) {
    const text = sabotages.map(({ name, what }) => `${name}: ${what}`).join("\n");
    return { data: sabotages.map(({ name, what }) => ({ name, what })), text };
  }
  const drillWith = (sabotage?: (typeof sabotages)[number]) =>
    drill(outputs, { to: "latest", ...(sabotage ? { sabotage } : {}) }, silentReporter);
  return outcomeOf(await runSabotages(sabotages, drillWith, reporter));
}

/** What it does where RDS makes them. */
export async function rdsSabotageVerb(
  outputs: RdsStack,
  { dryRun }: Options,
  reporter: Reporter,
  given: Partial<Pick<RdsDrillOptions, "place" | "patience" | "connect" | "records">> = {},
): Promise<Outcome> {
  if (dryRun) {
    const instances = 1 + rdsSabotages.filter(needsInstance).length;
    const lines = [
      ...rdsSabotages.map(({ name, what }) => `${name}: ${what}`),
      ...Object.entries(notOnRds).map(([name, reason]) => `${name}: not applicable: ${reason}`),
      `${instances} temporary instances would be made for it, one after the other, each removed before the next`,
    ];
    const data = {
      sabotages: rdsSabotages.map(({ name, what }) => ({ name, what })),
      notApplicable: notOnRds,
      instances,
    };
    return { data, text: lines.join("\n") };
  }
  const defaults = {
    place: rdsPlace(outputs.backup),
    patience: { ...patient, signal: stopSignal() },
    records: await recordStore(outputs),
  };
  const options = { ...defaults, ...given };
  const drillWith = (sabotage?: (typeof rdsSabotages)[number]) =>
    rdsDrill(outputs, { ...options, to: "latest", ...(sabotage ? { sabotage } : {}) }, silentReporter);
  return outcomeOf(await runSabotages(rdsSabotages, drillWith, reporter), notOnRds);
}

function outcomeOf(
  { control, verdicts }: { control: DrillResult; verdicts: Verdict[] },
  notApplicable: Record<string, string> = {},
): Outcome {
  const failed = causesOf(control);
  const data = { control: control.passed, killRate: killRate(verdicts), verdicts, notApplicable };
  if (failed.length > 0) {
    const message = `the drill without sabotage failed: ${failed.join("; ")}`;
    const hint = "npm run drill shows all of it; without a backup, npm run backup first";
    return { data, text: "", exit: "drill", problem: { message, hint } };
  }
  const text = verdictsText(verdicts, notApplicable);
  const missed = verdicts.filter(({ caught }) => !caught).map(({ name }) => name);
  if (missed.length === 0) return { data, text };
  const hint = "report this: drills cannot be trusted until it is mended";
  return { data, text, exit: "drill", problem: { message: `not caught: ${missed.join(", ")}`, hint } };
}
