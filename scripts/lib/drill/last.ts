import { duration } from "../cli/table.ts";
import type { Store } from "../store/store.ts";
import { readDrills } from "./evidence.ts";
import type { DrillRecord } from "./statistics.ts";

/** The last drill that is on record; null where there was none yet. */
export const lastDrill = async (records: Store): Promise<DrillRecord | null> =>
  (await readDrills(records)).at(-1) ?? null;

export function lastDrillText(drill: DrillRecord | null, now: Date): string {
  if (!drill) return "never drilled: npm run drill";
  const { startedAt, passed, backup, recoveryTimeMs, recoveryPointMs } = drill;
  const ago = duration(now.getTime() - Date.parse(startedAt));
  const times = [
    recoveryTimeMs === null ? "" : `, recovery time ${duration(recoveryTimeMs)}`,
    recoveryPointMs === null ? "" : `, recovery point ${duration(recoveryPointMs)}`,
  ];
  return `last drill: ${passed ? "passed" : "FAILED"} ${ago} ago with ${backup ?? "no backup"}${times.join("")}`;
}
