import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { LandfallError } from "../../../cli/errors.ts";
import type { ExitName } from "../../../cli/exit-codes.ts";
import type { SourceViewQuery } from "../views/source.ts";
import type { ViewRows } from "../views/sums.ts";
import type { FoundRow, SourceDigest, Task } from "./tasks.ts";

interface Answer {
  id: number;
  result?: unknown;
  error?: { message: string; stack?: string; known?: { code: ExitName; hint: string } };
}

interface Job {
  task: Task;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** How many ranges are read at once: as many as there are cores, since the server is done with its side long before. */
export const readerCount = () => availableParallelism();

/** JSON is read recursively, and jsonb takes it nested some ten thousand deep. */
const stackMegabytes = 32;

/** Threads that read the snapshot, so that this one stays free to speak to the server. */
export class Readers {
  #most = readerCount();
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: Job[] = [];
  readonly #running = new Map<Worker, Job>();
  #closed: Error | undefined;

  /**
   * Sets how many threads there may be, as many as there are cores unless set. Each starts when there is work for it.
   * @param now starts all of them ahead of their work: each takes a tenth of a second to load its code
   */
  allow(most: number, now: boolean): void {
    this.#most = most;
    if (this.#closed) return;
    for (let left = this.#queue.length; left > 0; left--) this.#next();
    if (!now) return;
    for (let worker = this.#start(); worker; worker = this.#start()) this.#idle.push(worker);
  }

  digest(task: Omit<Task & { do: "digest" }, "do">): Promise<SourceDigest> {
    return this.#ask({ do: "digest", ...task }) as Promise<SourceDigest>;
  }

  rows(task: Omit<Task & { do: "rows" }, "do">): Promise<FoundRow[]> {
    return this.#ask({ do: "rows", ...task }) as Promise<FoundRow[]>;
  }

  view(query: SourceViewQuery): Promise<ViewRows> {
    return this.#ask({ do: "view", query }) as Promise<ViewRows>;
  }

  /** What is under way or waits for its turn fails. */
  async close(): Promise<void> {
    const ended = new Error("the reading of the snapshot was ended");
    this.#closed = ended;
    for (const { reject } of [...this.#running.values(), ...this.#queue.splice(0)]) reject(ended);
    this.#running.clear();
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #ask(task: Task): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      this.#queue.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? this.#start();
    const job = worker && this.#queue.shift();
    if (!job) return;
    this.#running.set(worker, job);
    worker.postMessage({ id: 0, task: job.task });
  }

  #start(): Worker | undefined {
    if (this.#all.length >= this.#most) return undefined;
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      // What a row makes is short-lived: a bigger young generation only takes memory.
      resourceLimits: { stackSizeMb: stackMegabytes, maxYoungGenerationSizeMb: 4 },
    });
    worker.on("message", (answer: Answer) => this.#answered(worker, answer));
    worker.on("error", (error) => this.#failed(worker, error as Error));
    this.#all.push(worker);
    return worker;
  }

  #answered(worker: Worker, { result, error }: Answer): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if (error) job?.reject(revive(error));
    else job?.resolve(result);
    this.#next();
  }

  /** A thread that died takes its task along; memory is what it dies of. Another one does what is left. */
  #failed(worker: Worker, error: Error): void {
    this.#running.get(worker)?.reject(error);
    this.#running.delete(worker);
    if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1);
    this.#all.splice(this.#all.indexOf(worker), 1);
    this.#next();
  }
}

function revive({ message, stack, known }: NonNullable<Answer["error"]>): Error {
  if (known) return new LandfallError(known.code, message, known.hint);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
