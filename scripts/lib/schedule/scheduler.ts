import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { revive } from "../../../machine/daemon.ts";
import { projectRoot } from "../paths.ts";
import { type DueJob, dueJobs } from "./due.ts";
import { History, type RunRecord } from "./history.ts";
import { type EndedJob, JobProcess } from "./job-process.ts";
import { readSchedule, type Schedule } from "./jobs.ts";
import { MarkerWriter } from "./markers.ts";

export interface SchedulerOptions {
  /** schedule.json */
  jobs: string;
  /** Folder for the history. */
  state: string;
  /** outputs.json, handed to the verbs so that they need neither engine nor passphrase. */
  outputs: string;
  /** Folder of the stack's daemons: those that have died are started again; "" where something else sees to that. */
  daemons: string;
  say: (text: string) => void;
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
  #stopping = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.schedule = readSchedule(options.jobs);
    this.history = new History(options.state, new Date());
    this.#process = new JobProcess(join(options.state, "running"));
    this.markers = new MarkerWriter(options.outputs, this.schedule.markerMs, options.say);
  }

  /** Runs until `stop` is called. */
  async loop(): Promise<void> {
    await Promise.all([
      this.#repeat(() => this.runDue(new Date())),
      this.#repeat(() => this.#supervise()),
      this.#repeat(() => this.markers.writeDue(new Date())),
    ]);
    await this.markers.close();
  }

  async #repeat(work: () => Promise<unknown>): Promise<void> {
    while (!this.#stopping) {
      await work();
      await sleep(tick);
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

  /** Lets the job that runs come to its end, and starts no other. */
  stop(): void {
    this.#stopping = true;
  }

  /** Runs what is due at `now`; returns how each went. */
  async runDue(now: Date): Promise<RunRecord[]> {
    const records: RunRecord[] = [...(await this.#takeOver())];
    for (const due of dueJobs(this.schedule, (job) => this.history.settled(job.name), now)) {
      if (this.#stopping) break;
      records.push(await this.#run(due));
    }
    return records;
  }

  /** Waits for a job that a killed scheduler has left running, so that nothing begins beside it. */
  async #takeOver(): Promise<RunRecord[]> {
    const left = this.#process.left();
    if (!left) return [];
    if (this.history.last(left.job)?.startedAt === left.startedAt) {
      this.#process.forget();
      return [];
    }
    this.#options.say(`${left.job}: was begun by a scheduler that was killed; waiting for its end`);
    this.running = left.job;
    return [this.#note(await this.#process.await(left))];
  }

  async #run({ job, scheduledFor, missed }: DueJob): Promise<RunRecord> {
    const { say, outputs } = this.#options;
    if (missed > 0) say(`${job.name}: ${missed} earlier time(s) were missed; catching up with one run`);
    say(`${job.name}: starts`);
    this.running = job.name;
    const script = join(projectRoot, "scripts", `${job.verb}.mjs`);
    const env = { ...process.env, LANDFALL_OUTPUTS: outputs };
    const started = {
      job: job.name,
      scheduledFor: scheduledFor.toISOString(),
      startedAt: new Date().toISOString(),
      missed,
    };
    return this.#note(await this.#process.run(started, process.execPath, [script, ...job.args], env));
  }

  /** Puts a run on record. */
  #note({ stdout, stderr, ...ended }: EndedJob): RunRecord {
    this.running = null;
    // Digests and tables: the log is where somebody looks for them in the morning.
    process.stderr.write(stderr);
    process.stdout.write(stdout);
    const error = stderr.match(/^Error: (.*)$/m)?.[1] ?? `ended with ${ended.exitCode}`;
    const record: RunRecord = {
      ...ended,
      endedAt: new Date().toISOString(),
      error: ended.exitCode === 0 ? null : error,
    };
    this.history.add(record);
    this.#process.forget();
    this.#options.say(`${record.job}: ${record.error ?? "done"}`);
    return record;
  }
}
