import { Cron } from "croner";
import type { Job, Schedule } from "./jobs.ts";

/** A job whose time has come. */
export interface DueJob {
  job: Job;
  /** The time that it was due at: the latest, where several were missed. */
  scheduledFor: Date;
  /** Earlier times that passed without a run: the machine was off, or a job before it took long. */
  missed: number;
}

/**
 * Which jobs are due. A time that was missed is caught up with once, however often it was missed: two full backups in a
 * row are of no use to anyone.
 * @param settled for each job, the time up to which nothing is owed: the last run's, or when the schedule began
 */
export function dueJobs(schedule: Schedule, settled: (job: Job) => Date, now: Date): DueJob[] {
  return schedule.jobs.flatMap((job) => {
    const cron = cronOf(job, schedule.timezone);
    const since = settled(job);
    const [latest] = cron.previousRuns(1, new Date(now.getTime() + 1));
    if (!latest || latest <= since) return [];
    return [{ job, scheduledFor: latest, missed: timesBetween(cron, since, latest) }];
  });
}

/** When a job runs next, after `now`; null where never. */
export function nextRun(job: Job, timezone: string, now: Date): Date | null {
  return cronOf(job, timezone).nextRun(now);
}

/** Croner keeps to the zone's clock: a time that a change to summer time leaves out runs at the change. */
const cronOf = (job: Job, timezone: string) => new Cron(job.cron, { timezone, paused: true });

/** How many times lie strictly between; counted up to a bound, because a machine may have been off for a year. */
function timesBetween(cron: Cron, since: Date, until: Date): number {
  return cron.nextRuns(100, since).filter((time) => time < until).length;
}
