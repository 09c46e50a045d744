import { rdsPlace } from "../../backup/rds/client.ts";
import { patient } from "../../backup/rds/wait.ts";
import { parseTime } from "../../backup/restore/target.ts";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import type { Outcome } from "../../cli/verb.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { recordStore } from "../../store/records.ts";
import { chooseRdsSabotage } from "../sabotage/rds/sabotages.ts";
import { type DrillVerbOptions, drillOutcome, historyOf } from "../verb.ts";
import { rdsDrill } from "./drill.ts";

/** Aborted by the signals that end a verb, so that what it has made in RDS is taken down first. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** What `npm run drill` does where RDS makes the backups. */
export async function rdsDrillVerb(outputs: RdsStack, options: DrillVerbOptions, reporter: Reporter): Promise<Outcome> {
  const records = await recordStore(outputs);
  if (options.history) return historyOf(records);
  if (options.repo !== undefined) {
    throw new LandfallError("usage", "RDS keeps its backups in one place", "leave --repo out");
  }
  const sabotage = options.sabotage === undefined ? {} : { sabotage: chooseRdsSabotage(options.sabotage) };
  const to = options.at === "latest" || options.at === "random" ? options.at : parseTime(options.at);
  if (options.dryRun) {
    const text = `${options.at} of ${outputs.backup.identifier} would be restored into a temporary instance, proven, and removed`;
    const { what } = sabotage.sabotage ?? {};
    return { data: { stack: outputs.stack, at: options.at }, text: what ? `${text}; sabotage: ${what}` : text };
  }
  const place = rdsPlace(outputs.backup);
  const result = await rdsDrill(
    outputs,
    { to, place, records, patience: { ...patient, signal: stopSignal() }, ...sabotage },
    reporter,
  );
  return drillOutcome(result, "docs/aws.md says what a drill of RDS does; npm run backups shows what there is");
}
