import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { duration } from "../../cli/table.ts";
import type { CommonOptions, Outcome } from "../../cli/verb.ts";
import { lastDrill, lastDrillText } from "../../drill/last.ts";
import type { DrillRecord } from "../../drill/statistics.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { recordStore } from "../../store/records.ts";
import { rdsPlace } from "./client.ts";
import { rdsOverview, rdsOverviewText } from "./overview.ts";
import { expireSnapshots, listSnapshots, snapshotsToRemove, takeSnapshot } from "./snapshots.ts";
import { type Patience, patient } from "./wait.ts";

/** What `npm run backup` does where RDS makes the backups: a manual snapshot, then retention of those that it made before. */
export async function rdsBackupVerb(
  outputs: RdsStack,
  options: Pick<CommonOptions, "dryRun"> & { type: string },
  reporter: Reporter,
  { place = rdsPlace(outputs.backup), patience = patient as Patience } = {},
): Promise<Outcome> {
  if (options.type !== "full") {
    throw new LandfallError("usage", `RDS takes no ${options.type} snapshots`, "leave --type out");
  }
  const { identifier, retention } = outputs.backup;
  if (options.dryRun) {
    const snapshots = await listSnapshots(place);
    const text = `a snapshot of ${identifier} would join ${snapshots.length}`;
    return {
      data: { identifier, snapshots, remove: snapshotsToRemove(snapshots, retention.vaultDays, new Date()) },
      text,
    };
  }
  const started = Date.now();
  const snapshot = await takeSnapshot(place, new Date(), patience, reporter);
  const durationMs = Date.now() - started;
  const removed = await expireSnapshots(place, new Date());
  const lines = [
    `${snapshot.name}: ${snapshot.sizeGiB} GiB of storage, in ${duration(durationMs)}`,
    ...removed.map((name) => `${name}: removed by retention`),
  ];
  return { data: { snapshot, durationMs, removed }, text: lines.join("\n") };
}

/** What `npm run backups` does there. */
export async function rdsBackupsVerb(
  outputs: RdsStack,
  options: Pick<CommonOptions, "dryRun"> & { verify: boolean; expire: boolean },
  { place = rdsPlace(outputs.backup) } = {},
): Promise<Outcome> {
  if (options.verify) {
    const hint = "npm run drill restores one and reads it";
    throw new LandfallError("usage", "nobody but RDS can read its snapshots", hint);
  }
  if (options.expire && !options.dryRun) {
    const removed = await expireSnapshots(place, new Date());
    return { data: { removed }, text: removed.map((name) => `${name}: removed`).join("\n") || "nothing to let go of" };
  }
  const [overview, drill] = await Promise.all([rdsOverview(place), drillOf(outputs)]);
  return { data: { ...overview, lastDrill: drill.last }, text: `${rdsOverviewText(overview)}\n${drill.text}` };
}

/** Who may list snapshots may not be let into the bucket of the records: the list is of use all the same. */
async function drillOf(outputs: RdsStack): Promise<{ last: DrillRecord | null; text: string }> {
  try {
    const last = await lastDrill(await recordStore(outputs));
    return { last, text: lastDrillText(last, new Date()) };
  } catch (error) {
    return { last: null, text: `the last drill is not known: ${messageOf(error)}` };
  }
}
