import type { StackConfig } from "../schema.ts";

/** A job of the stack's schedule, as the scheduler reads it. */
export interface Job {
  name: string;
  /** Five fields, in the schedule's time zone. */
  cron: string;
  /** A verb of this repository with its arguments; the scheduler adds the stack. */
  verb: string;
  args: string[];
}

/** What runs on time, from the configuration. */
export function jobsOf({ backups }: Pick<StackConfig, "backups">): Job[] {
  return [
    { name: "backup-full", cron: backups.full, verb: "backup", args: ["--type", "full"] },
    { name: "backup-differential", cron: backups.differential, verb: "backup", args: ["--type", "diff"] },
  ];
}

export const jobsFile = (config: Pick<StackConfig, "backups" | "schedule">): string =>
  `${JSON.stringify({ timezone: config.schedule.timezone, jobs: jobsOf(config) }, null, 2)}\n`;
