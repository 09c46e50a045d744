import type { DrillRecord } from "../drill/statistics.ts";
import { embeddedLine } from "../monitoring/embedded.ts";
import type { RunRecord } from "./history.ts";
import type { Scheduler } from "./scheduler.ts";

/** A run for CloudWatch. One that was interrupted is owed and comes again, so nobody has to be told. */
export function runLine(stack: string, { job, startedAt, endedAt, exitCode, error, interrupted }: RunRecord): string {
  const failed = exitCode !== 0 && !interrupted;
  return embeddedLine(
    stack,
    new Date(endedAt),
    {
      JobFailed: { unit: "Count", value: failed ? 1 : 0 },
      JobTime: { unit: "Milliseconds", value: Date.parse(endedAt) - Date.parse(startedAt) },
    },
    { Job: job, Error: error },
  );
}

/** What CloudWatch is told every minute: that the scheduler lives, and how long ago the last marker and good drill were. */
export function pulseLine(
  stack: string,
  now: Date,
  { history, markers }: Pick<Scheduler, "history" | "markers">,
  drills: DrillRecord[],
): string {
  const since = (time: Date) => Math.max(0, Math.round((now.getTime() - time.getTime()) / 1000));
  const passed = drills.findLast((drill) => drill.passed);
  return embeddedLine(stack, now, {
    SchedulerPulse: { unit: "Count", value: 1 },
    // Before the first, since the schedule began: a stack that never drills is noticed.
    SinceDrill: { unit: "Seconds", value: since(passed ? new Date(passed.startedAt) : history.since) },
    SinceMarker: { unit: "Seconds", value: markers.last && since(markers.last) },
  });
}
