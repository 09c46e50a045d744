import assert from "node:assert/strict";
import { test } from "node:test";
import { dueJobs, nextRun } from "../../scripts/lib/schedule/due.ts";

const job = { name: "backup-full", cron: "30 2 * * *", verb: "backup", args: [] };
const schedule = (timezone: string) => ({ timezone, markerMs: 0, jobs: [job] });
const due = (timezone: string, since: string, now: string) =>
  dueJobs(schedule(timezone), () => new Date(since), new Date(now));

test("a job is due from its time on, once", () => {
  assert.equal(due("UTC", "2026-03-01T00:00:00Z", "2026-03-01T02:29:59Z").length, 0);
  const [first] = due("UTC", "2026-03-01T00:00:00Z", "2026-03-01T02:30:00Z");
  assert.equal(first?.scheduledFor.toISOString(), "2026-03-01T02:30:00.000Z");
  assert.equal(first?.missed, 0);
  assert.equal(due("UTC", "2026-03-01T02:30:00Z", "2026-03-01T12:00:00Z").length, 0);
});

test("times that were missed are caught up with by one run, and counted", () => {
  const [caughtUp] = due("UTC", "2026-03-01T02:30:00Z", "2026-03-05T09:00:00Z");
  assert.equal(caughtUp?.scheduledFor.toISOString(), "2026-03-05T02:30:00.000Z");
  assert.equal(caughtUp?.missed, 3);
});

test("times are local, also across a change to summer time", () => {
  // Berlin, 29 March 2026: 02:00 becomes 03:00, so 02:30 does not exist; the job runs all the same, once.
  const run = due("Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
  assert.equal(run.length, 1);
  assert.equal(run[0]?.missed, 0);
  assert.equal(
    nextRun(job, "Europe/Berlin", new Date("2026-03-29T12:00:00Z"))?.toISOString(),
    "2026-03-30T00:30:00.000Z",
  );
});

test("an hour that comes twice runs the job once", () => {
  // Berlin, 25 October 2026: 03:00 becomes 02:00, so 02:30 happens twice.
  const settled = "2026-10-25T00:30:00Z";
  assert.equal(due("Europe/Berlin", "2026-10-24T12:00:00Z", settled).length, 1);
  assert.equal(due("Europe/Berlin", settled, "2026-10-25T12:00:00Z").length, 0);
});
