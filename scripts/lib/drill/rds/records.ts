import { Registry } from "prom-client";
import { messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { embeddedLine, logsToCloudWatch } from "../../monitoring/embedded.ts";
import { drillMetrics } from "../../monitoring/record-metrics.ts";
import type { Store } from "../../store/store.ts";
import { readDrills, recordDrill } from "../evidence.ts";
import type { DrillResult } from "../result.ts";

/**
 * Keeps a drill's evidence, its page and its line of the history, and its figures as a file for Prometheus' node exporter
 * (landfall-drill.prom). Where the store takes nothing it only says so: the log holds the result.
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
  if (logsToCloudWatch()) process.stderr.write(`${drillFigures(result)}\n`);
}

/** The drill's figures as CloudWatch takes them out of a log. */
export function drillFigures({ stack, passed, recoveryTimeMs, recoveryPointMs, endedAt }: DrillResult): string {
  return embeddedLine(stack, new Date(endedAt), {
    DrillPassed: { unit: "Count", value: passed ? 1 : 0 },
    RecoveryTime: { unit: "Milliseconds", value: recoveryTimeMs },
    RecoveryPoint: { unit: "Milliseconds", value: recoveryPointMs },
  });
}
