import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { supervise } from "../../infra/components/schedule.ts";
import { type Daemon, keep, pidOf, release } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { run } from "../../machine/run.ts";
import type { RunRecord } from "../../scripts/lib/schedule/history.ts";
import type { ScheduleView } from "../../scripts/lib/schedule/view.ts";
import { killHard } from "../support/kill.ts";
import type { TestStack } from "../support/stack.ts";

const root = join(import.meta.dirname, "..", "..");

/** Waits up to a minute. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await Promise.resolve(holds()).catch(() => false)) return;
    await sleep(100);
  }
  assert.fail(`${what} did not happen within a minute`);
}

/** The stack's scheduler, kept running by the same shell script as on the native target. */
export class KeptScheduler {
  readonly #stack: TestStack;
  readonly #daemon: Daemon;
  readonly #state: string;
  readonly #url: string;

  private constructor(stack: TestStack, port: number) {
    this.#stack = stack;
    this.#state = join(stack.folder, "schedule");
    this.#url = `http://127.0.0.1:${port}/schedule`;
    const script = [process.execPath, join(root, "scripts", "scheduler.mjs")];
    const files = ["--jobs", this.#jobsFile, "--state", this.#state, "--outputs", stack.outputsFile];
    this.#daemon = {
      name: "scheduler",
      program: "/bin/sh",
      // With the daemons' folder, so that it starts again what was killed, as a stack's does.
      args: [
        ...["-c", supervise, "supervise", ...script, ...files],
        ...["--daemons", stack.run, "--listen", `127.0.0.1:${port}`],
      ],
      env: {},
      account: null,
      log: join(stack.folder, "scheduler.log"),
      pidFile: join(stack.run, "scheduler.pid"),
      ready: { how: "http", url: this.#url },
      readyTimeoutMs: 60_000,
      stopSignal: "SIGTERM",
      stopTimeoutMs: 20_000,
    };
  }

  static async start(stack: TestStack): Promise<KeptScheduler> {
    const { scheduler: port = 0 } = await choosePorts({ scheduler: 29_800 });
    const scheduler = new KeptScheduler(stack, port);
    scheduler.setJobs([]);
    await keep(scheduler.#daemon);
    return scheduler;
  }

  stop(): Promise<void> {
    return release(this.#daemon);
  }

  /** What it runs from its next start on. */
  setJobs(jobs: object[]): void {
    writeFileSync(this.#jobsFile, JSON.stringify({ timezone: "UTC", markerMs: 200, jobs }));
  }

  /** kill -9 of the scheduler itself, not of the shell that keeps it; then waits until another one answers. */
  async kill(): Promise<void> {
    const before = await this.#pid();
    killHard(before);
    await until(
      "another scheduler's answer",
      async () => (await this.#pid()) !== before && (await this.view()) !== null,
    );
  }

  async view(): Promise<ScheduleView> {
    return (await (await fetch(this.#url)).json()) as ScheduleView;
  }

  /** Every run of a job that is on record. */
  runs(): RunRecord[] {
    const file = join(this.#state, "runs.jsonl");
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line) as RunRecord);
  }

  /**
   * kill -9 of the scheduler while a backup of its runs: markers go on, the backup comes to its end and onto the record, the next
   * one follows, and no two ever run at once.
   */
  async surviveKills(): Promise<void> {
    this.setJobs([{ name: "backup", cron: "*/2 * * * * *", verb: "backup", args: ["--type", "incr", "--no-verify"] }]);
    await this.kill();
    await until("a backup by the schedule", async () => (await this.view()).jobs.some(({ running }) => running));
    const [marker, runs] = [await this.#lastMarker(), this.runs().length];
    await this.kill();
    await until("a marker after the kill", async () => (await this.#lastMarker()) > marker);
    await until("the backup's end, and another one", () => this.runs().length >= runs + 2);
    this.setJobs([]);
    await this.kill();
    await until("the last backup's end", () => !existsSync(join(this.#state, "running")));
    const done = this.runs();
    assert.deepEqual(
      done.filter(({ exitCode }) => exitCode !== 0),
      [],
    );
    assert.ok(done.every(({ startedAt }, i) => startedAt >= (done[i - 1]?.endedAt ?? "")));
    assert.equal(new Set(done.map(({ startedAt }) => startedAt)).size, done.length, "each is on record once");
  }

  async #lastMarker(): Promise<number> {
    const [row] = await this.#stack.sql<{ id: string }>("SELECT coalesce(max(id), 0) AS id FROM landfall.marker");
    return Number(row?.id);
  }

  async #pid(): Promise<number> {
    const shell = String(pidOf(this.#daemon));
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,args="]);
    const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/));
    const own = lines.find(
      ([, parent, ...args]) => parent === shell && args.some((arg) => arg.endsWith("scheduler.mjs")),
    );
    assert.ok(own, "the shell keeps a scheduler");
    return Number(own[0]);
  }

  get #jobsFile(): string {
    return join(this.#stack.folder, "schedule.json");
  }
}
