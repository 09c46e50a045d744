import assert from "node:assert/strict";
import { test } from "node:test";
import { silence } from "../../scripts/lib/schedule/ask.ts";
import { dueJobs, nextRun } from "../../scripts/lib/schedule/due.ts";
import { pulseLine, runLine } from "../../scripts/lib/schedule/figures.ts";
import { History, type RunRecord } from "../../scripts/lib/schedule/history.ts";
import { scheduleText, scheduleView } from "../../scripts/lib/schedule/view.ts";
import type { Store } from "../../scripts/lib/store/store.ts";

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

/** A store in memory. */
function memory(): Store & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    place: "memory",
    read: async (name) => texts.get(name) ?? null,
    write: async (name, text) => void texts.set(name, text),
    append: async (name, line) => void texts.set(name, `${texts.get(name) ?? ""}${line}\n`),
  };
}

const began = new Date("2026-03-01T00:00:00Z");
const started = {
  job: "backup-full",
  scheduledFor: "2026-03-01T02:30:00.000Z",
  startedAt: "2026-03-01T02:30:01.000Z",
  missed: 0,
};
const cut: RunRecord = {
  ...started,
  endedAt: "2026-03-01T02:31:00.000Z",
  exitCode: 137,
  error: "it ended with the machine that it ran on",
  interrupted: true,
};
const owed = (history: History) =>
  dueJobs(schedule("UTC"), (one) => history.settled(one.name), new Date("2026-03-01T03:00:00Z")).length;

test("a run that was cut short is owed and runs again; cut short twice, it is not begun a third time", async () => {
  const history = await History.open(memory(), began);
  await history.begin(started);
  assert.equal(history.running?.job, "backup-full");
  await history.add({ ...cut });
  assert.equal(history.running, null);
  assert.equal(owed(history), 1);
  await history.add({ ...cut, startedAt: "2026-03-01T02:40:00.000Z" });
  assert.equal(owed(history), 0);
  const { interrupted: _, ...failed } = cut;
  const other = await History.open(memory(), began);
  await other.add({ ...failed, exitCode: 8 });
  assert.equal(owed(other), 0, "a failure is no interruption");
});

test("a scheduler goes on from what another one has written, and only reading writes nothing", async () => {
  const store = memory();
  const reader = await History.read(store, began);
  assert.equal(store.texts.size, 0);
  const first = await History.open(store, began);
  await first.begin(started);
  await reader.reload();
  assert.deepEqual(reader.running, started);
  const { interrupted: _, ...good } = { ...cut, exitCode: 0, error: null };
  await first.add(good);
  await reader.takeOver();
  assert.equal(reader.settled("backup-full").toISOString(), started.scheduledFor);
  assert.equal(store.texts.get("runs.jsonl")?.split("\n").length, 2);
});

test("CloudWatch is told of runs that failed, not of those that come again, and how long ago the last good drill was", async () => {
  const figures = (line: string) => JSON.parse(line) as Record<string, unknown>;
  const { interrupted: _, ...failed } = cut;
  assert.deepEqual([figures(runLine("s", failed)).JobFailed, figures(runLine("s", cut)).JobFailed], [1, 0]);
  const history = await History.open(memory(), began);
  const now = new Date("2026-03-01T01:00:00Z");
  const drill = (passed: boolean, startedAt: string) =>
    ({ passed, startedAt }) as Parameters<typeof pulseLine>[3][number];
  const pulse = (drills: Parameters<typeof pulseLine>[3]) =>
    figures(pulseLine("s", now, { history, markers: { last: null } as never }, drills));
  assert.equal(pulse([]).SinceDrill, 3600, "since the schedule began");
  const drills = [drill(true, "2026-03-01T00:50:00Z"), drill(false, "2026-03-01T00:59:00Z")];
  assert.equal(pulse(drills).SinceDrill, 600);
  assert.equal("SinceMarker" in pulse([]), false, "without markers there is no figure");
});

test("a schedule from the store says when it was so, and what AWS does by itself; an old one is a silence", async () => {
  const history = await History.open(memory(), began);
  const known = { schedule: schedule("UTC"), history, running: null, markers: { last: began } };
  const others = [{ name: "snapshot", by: "RDS", when: "daily, 01:00-02:00 UTC" }];
  const view = { ...scheduleView(known, began), reportedAt: "2026-03-01T00:00:30.000Z", others };
  const text = scheduleText(view);
  assert.match(text, /snapshot +RDS +daily, 01:00-02:00 UTC/);
  assert.match(text, /last marker 2026-03-01 00:00:00; as of 2026-03-01 00:00:30/);
  assert.equal(silence(view, new Date("2026-03-01T00:05:00Z")), null);
  assert.match(silence(view, new Date("2026-03-01T00:11:00Z")) ?? "", /nothing since 2026-03-01T00:00:30/);
});
