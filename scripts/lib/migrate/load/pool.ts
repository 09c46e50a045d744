import { Worker } from "node:worker_threads";
import { LandfallError } from "../../cli/errors.ts";
import type { ChunkRecord } from "../control/control.ts";
import { ChunkLoader, type LoadJob, type Tick } from "./chunk-loader.ts";
import type { Chunk } from "./chunks.ts";
import type { Report } from "./worker.ts";

/** Tells a load to end: it rolls back what is under way and ends with the error. */
export interface Stop {
  error: LandfallError | undefined;
  /** Called once, when `error` is set. */
  onStop: (() => void)[];
}

/** Loads chunks one after another in this thread: for small sources, where a thread's start takes longer than the rows. */
export async function loadHere(job: LoadJob, chunks: Chunk[], stop: Stop, tick: Tick): Promise<ChunkRecord[]> {
  const loader = await ChunkLoader.open(job);
  const records: ChunkRecord[] = [];
  const stoppable: Tick = (rows) => {
    if (stop.error) throw stop.error;
    tick(rows);
  };
  try {
    for (const chunk of chunks) {
      if (stop.error) throw stop.error;
      const record = await loader.load(chunk, stoppable);
      if (record) records.push(record);
    }
    return records;
  } finally {
    await loader.close();
  }
}

/** Loads chunks in `count` threads, each with a connection and a handle of its own. The first error ends them all. */
export async function loadInThreads(
  job: LoadJob,
  chunks: Chunk[],
  count: number,
  stop: Stop,
  tick: Tick,
): Promise<ChunkRecord[]> {
  const queue = [...chunks];
  const records: ChunkRecord[] = [];
  const threads = Array.from({ length: count }, () => new LoaderThread(job, tick));
  stop.onStop.push(() => {
    for (const thread of threads) thread.fail(stop.error as LandfallError);
  });
  try {
    await Promise.all(
      threads.map(async (thread) => {
        for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
          const record = await thread.load(chunk);
          if (record) records.push(record);
        }
      }),
    );
    return records;
  } finally {
    // Ending a thread closes its socket: the server rolls back what it had under way.
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** A thread that runs worker.ts, one chunk at a time. */
class LoaderThread {
  readonly #worker: Worker;
  #failure: Error | undefined;
  #waiting: { resolve: (record: ChunkRecord | null) => void; reject: (error: Error) => void } | undefined;

  constructor(job: LoadJob, tick: Tick) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: job });
    this.#worker.on("error", (error: Error) => this.fail(error));
    this.#worker.on("message", (report: Report) => {
      if (report.is === "rows") tick(report.rows);
      else if (report.is === "done") this.#waiting?.resolve(report.record);
      else this.fail(revive(report));
    });
  }

  load(chunk: Chunk): Promise<ChunkRecord | null> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(chunk);
    });
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#waiting?.reject(error);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function revive({ message, stack, known }: Report & { is: "failed" }): Error {
  if (known) return new LandfallError(known.code, message, known.hint);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
