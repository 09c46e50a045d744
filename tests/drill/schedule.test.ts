import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { jobsFile } from "../../infra/components/schedule.ts";
import { parseConfig } from "../../infra/config.ts";
import { waitForArchive } from "../../scripts/lib/backup/wal.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { scheduleMetrics } from "../../scripts/lib/monitoring/schedule-metrics.ts";
import { MarkerWriter } from "../../scripts/lib/schedule/markers.ts";
import { Scheduler } from "../../scripts/lib/schedule/scheduler.ts";
import { scheduleText, scheduleView } from "../../scripts/lib/schedule/view.ts";
import { databaseTarget } from "../../scripts/lib/stack/targets.ts";
import { folderStore } from "../../scripts/lib/store/folder.ts";
import { sampleData } from "../support/sample.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";

// The stack's real jobs, run by the real scheduler against a real database; only the clock is moved.
const skip = noStack;
let stack: TestStack;
let scheduler: Scheduler;
const said: string[] = [];

before(async () => {
  if (skip) return;
  stack = await startStack();
  await sampleData(stack, 100);
  const jobs = join(stack.folder, "schedule.json");
  const config = parseConfig(
    { "landfall:target": "native", "landfall:schedule": JSON.stringify({ marker: "100ms" }) },
    "landfall",
  );
  writeFileSync(jobs, jobsFile(config));
  const state = join(stack.folder, "schedule");
  mkdirSync(state, { recursive: true });
  // As if the machine had been off for nine days.
  const since = new Date(Date.now() - 9 * 24 * 3600 * 1000).toISOString();
  writeFileSync(join(state, "book.json"), JSON.stringify({ since, last: {}, lastSuccess: {} }));
  scheduler = await Scheduler.open({
    jobs,
    state,
    store: folderStore(state),
    outputs: stack.outputsFile,
    daemons: "",
    say: (text) => said.push(text),
  });
});
after(async () => {
  await scheduler?.markers.close();
  await stack?.stop();
});

test("everything that was missed is caught up with once, one after the other, and every job does its work", {
  skip,
}, async () => {
  const now = new Date();
  const records = await scheduler.runDue(now);
  assert.deepEqual(
    records.map(({ job, error }) => [job, error]),
    [
      ["backup-full", null],
      ["backup-differential", null],
      ["vacuum", null],
      ["drill", null],
      ["backup-verify", null],
      ["backup-retention", null],
      ["slow-queries", null],
    ],
  );
  assert.ok(
    records.every(({ startedAt }, i) => i === 0 || startedAt >= (records[i - 1]?.endedAt ?? "")),
    "no two overlap",
  );
  assert.ok((records.find(({ job }) => job === "drill")?.missed ?? 0) >= 7);
  assert.deepEqual(await scheduler.runDue(now), [], "nothing is owed twice");
});

test("the schedule shows next and last runs, and a failure with its cause", { skip }, async () => {
  await stack.sql("ALTER EXTENSION pg_stat_statements SET SCHEMA public").catch(() => {});
  const connection = await stack.superuser();
  await connection.query("DROP EXTENSION pg_stat_statements");
  await connection.close();
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000);
  scheduler.schedule.jobs = scheduler.schedule.jobs.filter(({ name }) => name === "slow-queries");
  const [record] = await scheduler.runDue(tomorrow);
  assert.equal(record?.exitCode, 5);
  const text = scheduleText(scheduleView(scheduler, tomorrow));
  assert.match(text, /slow-queries .* with 5: pg_stat_statements is not in the database/);
  const metrics = await scheduleMetrics(scheduler).metrics();
  assert.match(metrics, /^landfall_job_last_success\{job="slow-queries"\} 0$/m);
  assert.match(readFileSync(join(stack.folder, "schedule", "runs.jsonl"), "utf8"), /"job":"drill".*"exitCode":0/);
});

test("on an idle server the markers' WAL is sent off after archive_timeout, before the first backup too", {
  skip,
}, async () => {
  const own = await startStack();
  try {
    const writer = new MarkerWriter(own.outputsFile, 5_000, () => {});
    const began = Date.now();
    const segment = async () =>
      (await own.sql<{ s: string }>("SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS s"))[0]?.s ?? "";
    await writer.writeDue(new Date(began));
    const first = await segment();
    await writer.writeDue(new Date(began + 50_000));
    assert.equal(await segment(), first, "not before archive_timeout");
    await writer.writeDue(new Date(began + 66_000));
    assert.ok((await segment()) > first);
    await withConnection(databaseTarget(own.outputs, "migrator"), (connection) => waitForArchive(connection, first));
    await writer.close();
  } finally {
    await own.stop();
  }
});

test("markers are written, stop while the database is away, and come again by themselves", { skip }, async () => {
  const count = async () =>
    Number((await stack.sql<{ n: string }>("SELECT count(*) AS n FROM landfall.marker WHERE note IS NULL"))[0]?.n);
  await scheduler.markers.writeDue(new Date());
  assert.equal(await count(), 1);
  await scheduler.markers.writeDue(new Date(0));
  assert.equal(await count(), 1, "not before its time");
  const connection = await stack.superuser();
  await connection.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'landfall scheduler'",
  );
  await connection.close();
  for (let tries = 0; tries < 20 && (await count()) < 2; tries++) {
    await scheduler.markers.writeDue(new Date(Date.now() + 60_000 * (tries + 1)));
    await sleep(50);
  }
  assert.equal(await count(), 2);
  assert.match(said.join("\n"), /a marker could not be written: .*\n(.*\n)*markers are written again/);
});
