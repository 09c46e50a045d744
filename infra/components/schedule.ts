import type { StackConfig } from "../schema.ts";
import { parseSpan } from "../settings.ts";

/** A job of the stack's schedule, as the scheduler reads it. */
export interface Job {
  name: string;
  /** Five fields, in the schedule's time zone. */
  cron: string;
  /** A verb of this repository with its arguments; the scheduler adds the stack. */
  verb: string;
  args: string[];
}

/**
 * A shell script that starts the scheduler (its arguments) again when it dies; the scheduler does the same for every other
 * process of the stack.
 */
export const supervise = `trap 'kill -TERM $pid; wait $pid; exit 0' TERM INT
while :; do "$@" & pid=$!; wait $pid; sleep 1; done`;

type ScheduleConfig = Pick<StackConfig, "backups" | "schedule" | "drill">;

/** What runs on time, from the configuration. Their order is the order in which jobs that are due together run. */
export function jobsOf({ backups, schedule, drill }: ScheduleConfig): Job[] {
  const incremental = backups.incremental;
  return [
    { name: "backup-full", cron: backups.full, verb: "backup", args: ["--type", "full"] },
    { name: "backup-differential", cron: backups.differential, verb: "backup", args: ["--type", "diff"] },
    ...(incremental
      ? [{ name: "backup-incremental", cron: incremental, verb: "backup", args: ["--type", "incr"] }]
      : []),
    { name: "vacuum", cron: schedule.vacuum, verb: "vacuum", args: [] },
    { name: "drill", cron: drill.cron, verb: "drill", args: [] },
    { name: "backup-verify", cron: backups.verify, verb: "backups", args: ["--verify"] },
    { name: "backup-retention", cron: backups.retain, verb: "backups", args: ["--expire"] },
    { name: "slow-queries", cron: schedule.slow_queries, verb: "slow-queries", args: [] },
  ];
}

/** The same where the provider takes the backups, lets go of the old ones, and is paid for each drill. */
export function managedJobsOf({ schedule, aws }: Pick<StackConfig, "schedule" | "aws">): Job[] {
  return [
    { name: "vacuum", cron: schedule.vacuum, verb: "vacuum", args: [] },
    { name: "drill", cron: aws.backups.drill, verb: "drill", args: [] },
    { name: "slow-queries", cron: schedule.slow_queries, verb: "slow-queries", args: [] },
  ];
}

export const jobsFile = (config: ScheduleConfig, jobs: Job[] = jobsOf(config)): string => {
  const { timezone, marker } = config.schedule;
  return `${JSON.stringify({ timezone, markerMs: parseSpan(marker), jobs }, null, 2)}\n`;
};
