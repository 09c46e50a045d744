import { rdsPlace } from "../../backup/rds/client.ts";
import { patient } from "../../backup/rds/wait.ts";
import { parseTime } from "../../backup/restore/target.ts";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import type { Outcome } from "../../cli/verb.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { type DrillVerbOptions, drillOutcome } from "../verb.ts";
import { rdsDrill } from "./drill.ts";

/** What `npm run drill` does where RDS makes the backups. */
export async function rdsDrillVerb(outputs: RdsStack, options: DrillVerbOptions, reporter: Reporter): Promise<Outcome> {
  if (options.sabotage !== undefined || options.history) {
    const what = options.history
      ? "keeps no history here: each drill's result is in its task's log"
      : "cannot be sabotaged";
    throw new LandfallError("usage", `a drill of RDS ${what}`, "docs/aws.md says what a drill of RDS does");
  }
  const to = options.at === "latest" || options.at === "random" ? options.at : parseTime(options.at);
  if (options.dryRun) {
    const text = `${options.at} of ${outputs.backup.identifier} would be restored into a temporary instance, proven, and removed`;
    return { data: { stack: outputs.stack, at: options.at }, text };
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const place = rdsPlace(outputs.backup);
  const result = await rdsDrill(outputs, { to, place, patience: { ...patient, signal: stop.signal } }, reporter);
  return drillOutcome(result, "docs/aws.md says what a drill of RDS does; npm run backups shows what there is");
}
