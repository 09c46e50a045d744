import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { jobsFile, managedJobsOf } from "../../infra/components/schedule.ts";
import { parseConfig } from "../../infra/config.ts";
import { choosePorts } from "../../machine/ports.ts";
import { run } from "../../machine/run.ts";
import { Connection, withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { checkEvidence, readDrills } from "../../scripts/lib/drill/evidence.ts";
import { History, type RunRecord } from "../../scripts/lib/schedule/history.ts";
import { scheduleStore } from "../../scripts/lib/schedule/published.ts";
import type { ScheduleView } from "../../scripts/lib/schedule/view.ts";
import { s3Store } from "../../scripts/lib/store/s3.ts";
import { parseLines, type Store } from "../../scripts/lib/store/store.ts";
import { makeBucket } from "../support/bucket.ts";
import { temporaryFolder } from "../support/folder.ts";
import { killHard } from "../support/kill.ts";
import { installMoto, type Moto, startMoto } from "../support/moto.ts";
import { noPostgres } from "../support/postgres.ts";
import { RdsCopies } from "../support/rds-copies.ts";
import { RdsFront } from "../support/rds-front.ts";
import { customers, makeInstance, rdsBackup, rdsOutputs } from "../support/rds-stack.ts";

// The scheduler's own process as it is on Fargate, with its real jobs: moto answers for RDS's API and for S3, and a local PostgreSQL
// is the database, of which drills get real copies. About 50 s.
const python = noPostgres ? noPostgres : await installMoto();
const skip = typeof python === "string" ? python : false;
if (skip) console.log(`schedule on RDS: skipped, ${skip}`);
const root = join(import.meta.dirname, "..", "..");
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" });
let moto: Moto;
let copies: RdsCopies;
let front: RdsFront;
let source: Target;
let records: Store;
let env: NodeJS.ProcessEnv;
const started: Task[] = [];

before(async () => {
  if (typeof python === "string") return;
  [moto, copies] = await Promise.all([
    startMoto(python),
    RdsCopies.start({ shared_preload_libraries: "pg_stat_statements" }),
  ]);
  await Promise.all([makeInstance(moto), makeBucket(moto.endpoint, rdsBackup.records.bucket, "eu-central-1")]);
  source = await customers(copies.server);
  await withConnection(copies.server.superuser(source.database), (connection) =>
    connection.query("CREATE EXTENSION pg_stat_statements"),
  );
  await copies.backUp();
  front = new RdsFront(moto.endpoint, copies, source.database);
  records = s3Store({ region: rdsBackup.region, ...rdsBackup.records }, moto.endpoint);
  writeFileSync(at("outputs.json"), JSON.stringify(rdsOutputs(source, "127.0.0.1")));
  env = {
    ...process.env,
    AWS_ENDPOINT_URL_RDS: await front.start(),
    AWS_ENDPOINT_URL_S3: moto.endpoint,
    LANDFALL_OUTPUTS: at("outputs.json"),
    LANDFALL_POLL_MS: "100",
    LANDFALL_TAKEOVER_MS: "5000",
    // As in a task: figures for CloudWatch are in the log.
    ECS_CONTAINER_METADATA_URI_V4: "http://127.0.0.1:9/",
  };
});
after(async () => {
  for (const task of started) await task.end();
  await front?.stop();
  await copies?.stop();
  await moto?.stop();
});

/** A task of the service: the scheduler with a disk of its own, which goes with it. */
class Task {
  readonly #child: ChildProcess;
  readonly #state: string;
  log = "";

  private constructor(child: ChildProcess, state: string) {
    this.#child = child;
    this.#state = state;
    const keep = (text: Buffer) => {
      this.log += text;
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
  }

  /** @param disk another task's, as after a restart of the process alone */
  static async start(name: string, jobs: string, disk = name): Promise<Task> {
    const { scheduler: port = 0 } = await choosePorts({ scheduler: 29_400 });
    mkdirSync(at(disk), { recursive: true });
    writeFileSync(at(`${name}.json`), jobs);
    const args = ["--jobs", at(`${name}.json`), "--state", at(disk), "--outputs", at("outputs.json")];
    const script = join(root, "scripts", "scheduler.mjs");
    const child = spawn(process.execPath, [script, ...args, "--listen", `127.0.0.1:${port}`], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const task = new Task(child, at(disk));
    started.push(task);
    return task;
  }

  /** As ECS ends it. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }

  /** kill -9 of the scheduler alone. */
  async kill(): Promise<void> {
    killHard(this.#child.pid ?? 0);
    await once(this.#child, "exit");
  }

  /** The machine goes, and with it the job that runs. */
  async lose(): Promise<void> {
    const shell = Number(readFileSync(join(this.#state, "running", "pid"), "utf8"));
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
    const pids = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    const job = pids.find(([, parent]) => parent === shell)?.[0] ?? 0;
    await this.kill();
    for (const pid of [shell, job]) killHard(pid);
  }

  async says(pattern: RegExp): Promise<void> {
    await until(`${pattern} in the log`, () => pattern.test(this.log)).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
  }
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1800; tries++) {
    if (await holds()) return;
    await sleep(100);
  }
  assert.fail(`${what} did not happen within three minutes`);
}

const config = parseConfig(
  { "landfall:target": "aws", "landfall:schedule": JSON.stringify({ marker: "200ms" }) },
  "landfall",
);
const usual = jobsFile(config, managedJobsOf(config));
/** A drill as soon as the one before it has ended. */
const drilling = jobsFile(config, [{ name: "drill", cron: "* * * * * *", verb: "drill", args: [] }]);
const history = () => History.read(scheduleStore(records), new Date());
const runs = async () => parseLines<RunRecord>(await scheduleStore(records).read("runs.jsonl"));
const markers = async () => {
  const [row] = await withConnection(source, (connection) =>
    connection.query<{ n: string }>("SELECT coalesce(max(id), 0) AS n FROM landfall.marker WHERE note IS NULL"),
  );
  return Number(row?.n);
};
const instances = async () => {
  const { DBInstances = [] } = await new RDSClient({ region: rdsBackup.region, endpoint: moto.endpoint }).send(
    new DescribeDBInstancesCommand({}),
  );
  return DBInstances.map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier);
};
/** As a failover of the database ends the session that holds the lock. */
const endLock = () =>
  withConnection(copies.server.superuser(source.database), (connection) =>
    connection.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'landfall scheduler''s lock'",
    ),
  );
/** How many sessions wait for the lock. */
const waiting = async () => {
  const [row] = await withConnection(copies.server.superuser(source.database), (connection) =>
    connection.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    ),
  );
  return row?.n;
};
/** A drill is in the middle: it waits for its copy, which is there. */
const drillRuns = async () => (await instances()).some((name) => front.held.has(name));
const verb = async (name: string, ...args: string[]) => {
  const result = await run(process.execPath, [join(root, "scripts", `${name}.mjs`), "--json", ...args], {
    cwd: root,
    env,
  });
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout) as Record<string, unknown>;
};

let first: Task;

test("what was missed is caught up with once: vacuum, the drill and the digest run, and markers are written", {
  skip,
}, async () => {
  // As if the schedule had stood still for forty days.
  const since = new Date(Date.now() - 40 * 24 * 3600_000).toISOString();
  await scheduleStore(records).write("book.json", JSON.stringify({ since, last: {}, lastSuccess: {} }));
  first = await Task.start("first", usual);
  await first.says(/slow-queries: (?!starts|\d)/);
  const done = await runs();
  assert.deepEqual(
    done.map(({ job, exitCode, error }) => [job, exitCode, error]),
    [
      ["vacuum", 0, null],
      ["drill", 0, null],
      ["slow-queries", 0, null],
    ],
    first.log,
  );
  assert.ok(
    done.every(({ startedAt }, i) => i === 0 || startedAt >= (done[i - 1]?.endedAt ?? "")),
    "no two overlap",
  );
  assert.ok((done[0]?.missed ?? 0) > 30);
  const before = await markers();
  await until("another marker", async () => (await markers()) > before);
  assert.deepEqual(await instances(), [rdsBackup.identifier]);
});

test("schedule, backups and drill --history tell of it from the bucket", { skip }, async () => {
  const view = (await verb("schedule")) as unknown as ScheduleView;
  assert.deepEqual(
    view.jobs.map(({ name, last, running }) => [name, last?.exitCode, running]),
    [
      ["vacuum", 0, false],
      ["drill", 0, false],
      ["slow-queries", 0, false],
    ],
  );
  assert.ok(view.jobs.every(({ next }) => Date.parse(next ?? "") > Date.now()));
  assert.ok(Date.parse(view.lastMarker ?? "") > Date.now() - 3600_000);
  assert.deepEqual(view.others, rdsBackup.runs);
  const backups = await verb("backups");
  assert.equal((backups.lastDrill as { passed: boolean }).passed, true);
  const past = await verb("drill", "--history");
  assert.equal((past.drills as unknown[]).length, 1);
  assert.deepEqual(past.tampered, []);
  assert.ok((past.statistics as { recoveryTime: { p50: number; p95: number } }).recoveryTime.p95 > 0);
  assert.match((await records.read("drills/latest.html")) ?? "", /Restore drill of production: .*passed/);
});

test("CloudWatch's figures are lines of the log", { skip }, () => {
  const lines = first.log.split("\n").filter((line) => line.startsWith('{"_aws"'));
  const figures = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    figures.flatMap(({ Job, JobFailed }) => (Job ? [[Job, JobFailed]] : [])),
    [
      ["vacuum", 0],
      ["drill", 0],
      ["slow-queries", 0],
    ],
  );
  assert.ok(figures.some(({ DrillPassed }) => DrillPassed === 1));
  const pulse = figures.find(({ SchedulerPulse }) => SchedulerPulse === 1);
  assert.ok(pulse && Number(pulse.SinceDrill) > 39 * 86_400, "before the first drill, since the schedule began");
});

test("a second task waits for the first one, and goes on without doing anything twice", { skip }, async () => {
  const second = await Task.start("second", usual);
  await second.says(/another scheduler has the lock/);
  await first.end();
  await second.says(/this scheduler has the lock/);
  const before = await markers();
  await until("a marker of the second", async () => (await markers()) > before);
  await endLock();
  await second.says(/the scheduler's lock cannot be had: .*\n(.*\n)*.*this scheduler has the lock/);
  await second.end();
  assert.equal((await runs()).length, 3);
});

test("a drill that is lost with its machine is on record, runs again elsewhere, and its copy is removed", {
  skip,
}, async () => {
  front.holds = true;
  const lost = await Task.start("lost", drilling);
  await until("a drill's copy", drillRuns);
  const next = await Task.start("next", drilling);
  await next.says(/another scheduler has the lock/);
  const left = (await instances()).find((name) => front.held.has(name));
  assert.ok(left);
  await lost.lose();
  await next.says(/drill: was begun on a machine that is gone/);
  front.holds = false;
  await until("the drill, again", async () => (await runs()).length >= 5);
  const [interrupted, again] = (await runs()).slice(3);
  assert.deepEqual([interrupted?.interrupted, interrupted?.error], [true, "it ended with the machine that it ran on"]);
  assert.deepEqual([again?.job, again?.error], ["drill", null], next.log);
  assert.match(next.log, new RegExp(`removed ${left}, which an interrupted drill had left`));
  front.holds = true;
  await until("another drill's copy", drillRuns);

  // kill -9 of the scheduler alone: its job goes on, and the one after it waits for the end.
  await next.kill();
  const heir = await Task.start("heir", drilling, "next");
  await heir.says(/drill: was begun by a scheduler that was killed; waiting for its end/);
  front.holds = false;
  await heir.says(/drill: done/);
  const all = await runs();
  assert.equal(new Set(all.map(({ startedAt }) => startedAt)).size, all.length, "each is on record once");
  assert.ok(all.every(({ startedAt }, i) => i === 0 || startedAt >= (all[i - 1]?.startedAt ?? "")));

  // SIGTERM in the middle of a drill: it removes its copy, and is owed.
  front.holds = true;
  await until("one more drill's copy", drillRuns);
  await heir.end();
  assert.equal((await runs()).at(-1)?.interrupted, true, heir.log);
  assert.deepEqual(await instances(), [rdsBackup.identifier]);
  assert.equal((await history()).running, null);
  assert.deepEqual(await checkEvidence(records), []);
  assert.ok((await readDrills(records)).filter(({ passed }) => passed).length >= 3);
});

test("who loses the lock to another one ends its job, and the other one runs it again", { skip }, async () => {
  const before = (await runs()).length;
  front.holds = true;
  front.held.clear();
  const loser = await Task.start("loser", drilling);
  await until("a drill's copy", drillRuns);
  const winner = await Task.start("winner", drilling);
  await winner.says(/another scheduler has the lock/);
  // Waits in the database's own queue, so that nobody can come before it.
  const thief = await Connection.open(copies.server.superuser(source.database));
  const taken = thief.query("SELECT pg_advisory_lock(hashtextextended('landfall scheduler', 0))");
  await until("the thief in the queue", async () => (await waiting()) === 1);
  await endLock();
  await taken;
  await loser.says(/drill: is ended, because the lock is lost/);
  await loser.says(/drill: (?!starts|is ended|\d)/);
  await loser.end();
  await thief.close();
  front.holds = false;
  await until("the drill, again", async () => (await runs()).length >= before + 2);
  const [ended, again] = (await runs()).slice(before);
  assert.deepEqual([ended?.interrupted, again?.error], [true, null], `${loser.log}\n${winner.log}`);
  assert.ok((again?.startedAt ?? "") >= (ended?.endedAt ?? ""), "they did not run at once");
  await winner.end();
  assert.deepEqual(await instances(), [rdsBackup.identifier]);
});
