import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { revive } from "../../../machine/daemon.ts";
import { messageOf } from "../cli/errors.ts";
import { projectRoot } from "../paths.ts";
import type { Store } from "../store/store.ts";
import { type DueJob, dueJobs } from "./due.ts";
import { History, type RunRecord, type StartedJob } from "./history.ts";
import { type EndedJob, JobProcess } from "./job-process.ts";
import { readSchedule, type Schedule } from "./jobs.ts";
import type { SchedulerLock } from "./lock.ts";
import { MarkerWriter } from "./markers.ts";

export interface SchedulerOptions {
  /** schedule.json */
  jobs: string;
  /** Folder of this machine for the job that runs. */
  state: string;
  /** For the history. */
  store: Store;
  /** outputs.json, handed to the verbs so that they need neither engine nor passphrase. */
  outputs: string;
  /** Folder of the stack's daemons: those that have died are started again; "" where something else sees to that. */
  daemons: string;
  say: (text: string) => void;
  /** Where schedulers of several machines share the store. */
  shared?: Shared;
  /** Told of each run that is on record. */
  onRun?: (record: RunRecord) => void;
}

export interface Shared {
  lock: SchedulerLock;
  /** How long a job of another machine is given to end once that machine's scheduler has lost the lock, milliseconds. */
  graceMs: number;
}

const tick = 1_000;

/**
 * Runs a stack's jobs on time, one after the other: two never overlap, and a job that is late starts when the one before
 * it has ended. Beside that it keeps the stack's daemons running.
 */
export class Scheduler {
  readonly schedule: Schedule;
  readonly history: History;
  readonly markers: MarkerWriter;
  /** Name of the job that runs at this moment. */
  running: string | null = null;
  /** How often each daemon was found dead and started again. */
  readonly revived = new Map<string, number>();
  readonly #options: SchedulerOptions;
  readonly #process: JobProcess;
  /** Whether this scheduler is the one that runs jobs. */
  #leads: boolean;
  #stopping = false;
  #problem = "";
  /** The job that runs was told to end before its time. */
  #interrupting = false;

  private constructor(options: SchedulerOptions, schedule: Schedule, history: History) {
    this.#options = options;
    this.schedule = schedule;
    this.history = history;
    this.#leads = options.shared === undefined;
    this.#process = new JobProcess(join(options.state, "running"));
    this.markers = new MarkerWriter(options.outputs, this.schedule.markerMs, options.say);
  }

  /** @throws {LandfallError} where there is no schedule, or the store cannot be reached */
  static async open(options: SchedulerOptions): Promise<Scheduler> {
    const schedule = readSchedule(options.jobs);
    // Where others share it, only who has the lock may write.
    const history = options.shared ? History.read(options.store, new Date()) : History.open(options.store, new Date());
    return new Scheduler(options, schedule, await history);
  }

  /** Whether jobs are run by this scheduler, and not by another one of the stack. */
  get leads(): boolean {
    return this.#leads;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Runs until `stop` is called. */
  async loop(): Promise<void> {
    await Promise.all([
      this.#repeat(() => this.#keepLock()),
      this.#repeat(() => this.#runJobs()),
      this.#repeat(() => this.#supervise()),
      this.#repeat(async () => this.#leads && (await this.markers.writeDue(new Date()))),
    ]);
    await this.markers.close();
    await this.#options.shared?.lock.release();
  }

  async #repeat(work: () => Promise<unknown>): Promise<void> {
    while (!this.#stopping) {
      await work();
      await sleep(tick);
    }
  }

  /** Takes the lock when it can be had; without it nothing is begun, and what runs is ended. */
  async #keepLock(): Promise<void> {
    const { shared, say } = this.#options;
    if (!shared) return;
    const held = await shared.lock.held();
    if (held && !this.#leads) {
      // What runs is ours, and this is the history that it will be put into.
      if (!this.running) await this.history.takeOver();
      this.#leads = true;
    }
    if (held || !this.#leads) return;
    // Once more at once: after a failover of the database nobody else may have come.
    if (await shared.lock.held()) return;
    this.#leads = false;
    if (!this.running) return;
    say(`${this.running}: is ended, because the lock is lost`);
    this.#interrupt();
  }

  /** What the store does not take at this moment is tried again: the job's end is still in its folder. */
  async #runJobs(): Promise<void> {
    try {
      if (this.#leads) await this.runDue(new Date());
      this.#problem = "";
    } catch (error) {
      if (messageOf(error) !== this.#problem) this.#options.say(`the schedule stands still: ${messageOf(error)}`);
      this.#problem = messageOf(error);
    }
  }

  async #supervise(): Promise<void> {
    const { daemons, say } = this.#options;
    if (!daemons) return;
    for (const { name, problem } of await revive(daemons)) {
      this.revived.set(name, (this.revived.get(name) ?? 0) + 1);
      say(problem ? `${name} had died and cannot be started: ${problem}` : `${name} had died: started again`);
    }
  }

  /**
   * Starts no other job. Lets the one that runs come to its end; where its machine goes with this process, tells it to end, and
   * the next scheduler owes it.
   */
  stop(): void {
    this.#stopping = true;
    if (this.#options.shared && this.running) this.#interrupt();
  }

  #interrupt(): void {
    this.#interrupting = true;
    this.#process.interrupt();
  }

  /** Runs what is due at `now`; returns how each went. */
  async runDue(now: Date): Promise<RunRecord[]> {
    const records: RunRecord[] = [...(await this.#takeOver())];
    for (const due of dueJobs(this.schedule, (job) => this.history.settled(job.name), now)) {
      if (this.#stopping || !this.#leads) break;
      records.push(await this.#run(due));
    }
    return records;
  }

  /** Waits for a job that a killed scheduler has left running, so that nothing begins beside it. */
  async #takeOver(): Promise<RunRecord[]> {
    const left = this.#process.left();
    if (!left) return this.#lost(this.history.running);
    if (this.history.last(left.job)?.startedAt === left.startedAt) {
      this.#process.forget();
      return [];
    }
    this.#options.say(`${left.job}: was begun by a scheduler that was killed; waiting for its end`);
    this.running = left.job;
    return [await this.#note(await this.#process.await(left))];
  }

  /** Puts on record a job whose machine is gone, and with it whatever could tell how it ended. */
  async #lost(started: StartedJob | null): Promise<RunRecord[]> {
    if (!started) return [];
    const { shared, say } = this.#options;
    say(`${started.job}: was begun on a machine that is gone`);
    await sleep(shared?.graceMs ?? 0);
    await this.history.reload();
    const isOurs = this.#leads && !this.#stopping;
    if (!isOurs || this.history.running?.startedAt !== started.startedAt) return [];
    const stderr = "Error: it ended with the machine that it ran on\n";
    return [await this.#note({ ...started, exitCode: 137, stdout: "", stderr, interrupted: true })];
  }

  async #run({ job, scheduledFor, missed }: DueJob): Promise<RunRecord> {
    const { say, outputs, shared } = this.#options;
    if (missed > 0) say(`${job.name}: ${missed} earlier time(s) were missed; catching up with one run`);
    say(`${job.name}: starts`);
    const script = join(projectRoot, "scripts", `${job.verb}.mjs`);
    // A job of an earlier scheduler, on whatever machine, has ended when one of ours begins: its leftovers are nobody's.
    const runner = shared ? { LANDFALL_RUNNER: "scheduler" } : {};
    const env = { ...process.env, LANDFALL_OUTPUTS: outputs, ...runner };
    const started = {
      job: job.name,
      scheduledFor: scheduledFor.toISOString(),
      startedAt: new Date().toISOString(),
      missed,
    };
    await this.history.begin(started);
    this.running = job.name;
    return this.#note(await this.#process.run(started, process.execPath, [script, ...job.args], env));
  }

  /** Puts a run on record. */
  async #note({ stdout, stderr, ...ended }: EndedJob): Promise<RunRecord> {
    this.running = null;
    // Digests and tables: the log is where somebody looks for them in the morning.
    process.stderr.write(stderr);
    process.stdout.write(stdout);
    const error = stderr.match(/^Error: (.*)$/m)?.[1] ?? `ended with ${ended.exitCode}`;
    const { interrupted, ...run } = ended;
    const owed = interrupted || (this.#interrupting && ended.exitCode !== 0);
    this.#interrupting = false;
    const record: RunRecord = {
      ...run,
      endedAt: new Date().toISOString(),
      error: ended.exitCode === 0 ? null : error,
      ...(owed ? { interrupted: true } : {}),
    };
    await this.history.add(record);
    this.#process.forget();
    this.#options.say(`${record.job}: ${record.error ?? "done"}`);
    this.#options.onRun?.(record);
    return record;
  }
}
