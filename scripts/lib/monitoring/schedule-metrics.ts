import { Gauge, Registry } from "prom-client";
import { nextRun } from "../schedule/due.ts";
import type { Scheduler } from "../schedule/scheduler.ts";

const seconds = (time: string | Date) => new Date(time).getTime() / 1000;

/** What the scheduler tells Prometheus: of each job its last run, its last success, its next run. */
export function scheduleMetrics(scheduler: Scheduler): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: (job: string) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ["job"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { name: job } of scheduler.schedule.jobs) {
          const now = value(job);
          if (now !== undefined) this.set({ job }, now);
        }
      },
    });
  const { history, schedule } = scheduler;
  gauge("landfall_job_last_success", "1 if the last run of the job ended well, 0 if not.", (job) => {
    const last = history.last(job);
    return last && (last.exitCode === 0 ? 1 : 0);
  });
  gauge("landfall_job_last_run_timestamp_seconds", "When the last run of the job ended.", (job) => {
    const last = history.last(job);
    return last && seconds(last.endedAt);
  });
  gauge("landfall_job_last_success_timestamp_seconds", "When the last good run of the job ended.", (job) => {
    const last = history.lastSuccess(job);
    return last && seconds(last.endedAt);
  });
  gauge("landfall_job_last_duration_seconds", "How long the last run of the job took.", (job) => {
    const last = history.last(job);
    return last && seconds(last.endedAt) - seconds(last.startedAt);
  });
  gauge(
    "landfall_job_missed",
    "Times of the job that passed without a run before its last one.",
    (job) => history.last(job)?.missed,
  );
  gauge("landfall_job_next_run_timestamp_seconds", "When the job runs next.", (name) => {
    const job = schedule.jobs.find((candidate) => candidate.name === name);
    const next = job && nextRun(job, schedule.timezone, new Date());
    return next ? seconds(next) : undefined;
  });
  new Gauge({
    name: "landfall_marker_last_timestamp_seconds",
    help: "When the scheduler last wrote a marker row into the database; absent where it writes none.",
    registers: [registry],
    collect() {
      const { last } = scheduler.markers;
      if (last) this.set(seconds(last));
    },
  });
  new Gauge({
    name: "landfall_daemon_revived_total",
    help: "How often a process of the stack was found dead and started again.",
    labelNames: ["name"],
    registers: [registry],
    collect() {
      for (const [name, times] of scheduler.revived) this.set({ name }, times);
    },
  });
  return registry;
}
