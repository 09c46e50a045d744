import { join } from "node:path";
import { Registry } from "prom-client";
import { messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { drillMetrics } from "../../monitoring/record-metrics.ts";
import { stateFolder } from "../../paths.ts";
import { folderStore } from "../../store/folder.ts";
import type { Store } from "../../store/store.ts";
import { readDrills, recordDrill } from "../evidence.ts";
import type { DrillResult } from "../result.ts";

/** RDS has no disk of ours: what is kept of drills is where the verb runs, or in the folder that LANDFALL_RECORDS names. */
export const rdsRecords = (stack: string): Store =>
  folderStore(process.env.LANDFALL_RECORDS ?? join(stateFolder, "stacks", stack, "records"));

/**
 * Keeps a drill's evidence, its page and its line of the history, and its figures as a file for Prometheus' node exporter
 * (landfall-drill.prom). A task without a disk to write to only says so: its log holds the result.
 */
export async function keepResult(records: Store, result: DrillResult, reporter: Reporter): Promise<void> {
  try {
    await recordDrill(records, result);
    const drills = await readDrills(records);
    const registry = new Registry();
    drillMetrics(registry, async () => drills, new Date(drills[0]?.startedAt ?? result.startedAt));
    await records.write("landfall-drill.prom", await registry.metrics());
  } catch (error) {
    reporter.warn(`the drill's evidence could not be kept in ${records.place}: ${messageOf(error)}`);
  }
  // In a task of ECS, CloudWatch takes figures out of the log.
  if (process.env.ECS_CONTAINER_METADATA_URI_V4) process.stderr.write(`${embeddedMetrics(result)}\n`);
}

/** A log line in CloudWatch's embedded metric format. Source: its manual, "Specification: Embedded metric format". */
export function embeddedMetrics({ stack, passed, recoveryTimeMs, recoveryPointMs, endedAt }: DrillResult): string {
  const values = { DrillPassed: passed ? 1 : 0, RecoveryTime: recoveryTimeMs, RecoveryPoint: recoveryPointMs };
  const known = Object.entries(values).filter(([, value]) => value !== null);
  const metrics = known.map(([Name]) => ({ Name, Unit: Name === "DrillPassed" ? "Count" : "Milliseconds" }));
  return JSON.stringify({
    _aws: {
      Timestamp: Date.parse(endedAt),
      CloudWatchMetrics: [{ Namespace: "Landfall", Dimensions: [["Stack"]], Metrics: metrics }],
    },
    Stack: stack,
    ...Object.fromEntries(known),
  });
}
