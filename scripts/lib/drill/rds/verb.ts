import { rdsPlace } from "../../backup/rds/client.ts";
import { patient } from "../../backup/rds/wait.ts";
import { parseTime } from "../../backup/restore/target.ts";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import type { Outcome } from "../../cli/verb.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { recordStore } from "../../store/records.ts";
import { type DrillVerbOptions, drillOutcome, historyOf } from "../verb.ts";
import { rdsDrill } from "./drill.ts";

/** Why a drill of RDS is not made to fail on purpose. */
export const noSabotage = (identifier: string): LandfallError =>
  new LandfallError(
    "usage",
    `the backups of ${identifier} are RDS's own: nobody else can reach their files to break them, or a copy of them`,
    "npm run drill:sabotage on a native or Docker stack, whose drills check content, recovery and use by the same code",
  );

/** What `npm run drill` does where RDS makes the backups. */
export async function rdsDrillVerb(outputs: RdsStack, options: DrillVerbOptions, reporter: Reporter): Promise<Outcome> {
  const records = await recordStore(outputs);
  if (options.history) return historyOf(records);
  if (options.sabotage !== undefined) throw noSabotage(outputs.backup.identifier);
  if (options.repo !== undefined) {
    throw new LandfallError("usage", "RDS keeps its backups in one place", "leave --repo out");
  }
  const to = options.at === "latest" || options.at === "random" ? options.at : parseTime(options.at);
  if (options.dryRun) {
    const text = `${options.at} of ${outputs.backup.identifier} would be restored into a temporary instance, proven, and removed`;
    return { data: { stack: outputs.stack, at: options.at }, text };
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const place = rdsPlace(outputs.backup);
  const result = await rdsDrill(
    outputs,
    { to, place, records, patience: { ...patient, signal: stop.signal } },
    reporter,
  );
  return drillOutcome(result, "docs/aws.md says what a drill of RDS does; npm run backups shows what there is");
}
