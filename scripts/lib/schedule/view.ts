import { table } from "../cli/table.ts";
import { dueJobs, nextRun } from "./due.ts";
import type { History, RunRecord } from "./history.ts";
import type { Schedule } from "./jobs.ts";

/** One job as `npm run schedule` shows it. */
export interface JobView {
  name: string;
  cron: string;
  running: boolean;
  /** UTC, ISO 8601; null where it never runs, or never ran. */
  next: string | null;
  last: RunRecord | null;
  lastSuccess: string | null;
  /** Its time has come, and it waits for another job to end. */
  waiting: boolean;
}

export interface ScheduleView {
  timezone: string;
  /** When a marker row was last written; null where there are none. */
  lastMarker: string | null;
  jobs: JobView[];
  /** When the scheduler last said so; absent where it was asked itself. */
  reportedAt?: string;
  /** What the provider does on time, of which the scheduler knows nothing. */
  others?: { name: string; by: string; when: string }[];
}

/** What the view is made of: of the scheduler itself, or of what it has written down. */
interface Known {
  schedule: Schedule;
  history: Pick<History, "settled" | "last" | "lastSuccess">;
  running: string | null;
  markers: { last: Date | null };
}

/** What the scheduler answers on /schedule. */
export function scheduleView({ schedule, history, running, markers }: Known, now: Date): ScheduleView {
  const due = new Set(dueJobs(schedule, (job) => history.settled(job.name), now).map(({ job }) => job.name));
  return {
    timezone: schedule.timezone,
    lastMarker: markers.last?.toISOString() ?? null,
    jobs: schedule.jobs.map((job) => ({
      name: job.name,
      cron: job.cron,
      running: running === job.name,
      next: nextRun(job, schedule.timezone, now)?.toISOString() ?? null,
      last: history.last(job.name) ?? null,
      lastSuccess: history.lastSuccess(job.name)?.endedAt ?? null,
      waiting: due.has(job.name) && running !== null && running !== job.name,
    })),
  };
}

export function scheduleText({ jobs, timezone, lastMarker, reportedAt, others = [] }: ScheduleView): string {
  const local = (time: string | null | undefined) =>
    time ? new Date(time).toLocaleString("sv-SE", { timeZone: timezone }) : "never";
  const rows = jobs.map((job) => [
    job.name,
    job.cron,
    job.running ? "runs now" : job.waiting ? "waits" : local(job.next),
    local(job.last?.startedAt),
    outcome(job.last),
    local(job.lastSuccess),
  ]);
  const marker = lastMarker ? `last marker ${local(lastMarker)}` : "no markers are written";
  return [
    table(["job", "cron", "next", "last began", "ended", "last success"], rows),
    "",
    ...(others.length > 0
      ? [
          table(
            ["run by AWS", "by", "when"],
            others.map(({ name, by, when }) => [name, by, when]),
          ),
          "",
        ]
      : []),
    `times in ${timezone}; ${marker}${reportedAt ? `; as of ${local(reportedAt)}` : ""}`,
  ].join("\n");
}

function outcome(last: RunRecord | null): string {
  if (!last) return "";
  const missed = last.missed > 0 ? `, ${last.missed} missed before` : "";
  return last.exitCode === 0 ? `well${missed}` : `with ${last.exitCode}: ${last.error}${missed}`;
}
