import { Worker } from "node:worker_threads";
import { LandfallError } from "../../cli/errors.ts";
import type { ChunkRecord } from "../control/control.ts";
import { ChunkLoader } from "./chunk-loader.ts";
import type { Chunk } from "./chunks.ts";
import type { LoadJob, Tick } from "./job.ts";
import type { Order, Report } from "./worker.ts";

/** Tells a load to end: it rolls back what is under way and ends with the error. */
export interface Stop {
  error: LandfallError | undefined;
  /** Called once, when `error` is set. */
  onStop: (() => void)[];
}

/** Connections of a thread: while the server takes or commits what one has sent, the thread fills the other's frames. */
export const lanesPerThread = 2;

/** Loads chunks in this thread, `count` at a time, each over a connection and a handle of its own. The first error ends all. */
export async function loadHere(
  job: LoadJob,
  chunks: Chunk[],
  count: number,
  stop: Stop,
  tick: Tick,
): Promise<ChunkRecord[]> {
  let failure: unknown;
  const stoppable: Tick = (rows) => {
    if (stop.error ?? failure) throw stop.error ?? failure;
    tick(rows);
  };
  const lane = async (load: (chunk: Chunk) => Promise<ChunkRecord | null>) => {
    const records: ChunkRecord[] = [];
    for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
      stoppable(0);
      const record = await load(chunk);
      if (record) records.push(record);
    }
    return records;
  };
  const queue = [...chunks];
  const results = await Promise.allSettled(
    Array.from({ length: count }, async () => {
      const loader = await ChunkLoader.open(job);
      try {
        return await lane((chunk) => loader.load(chunk, stoppable));
      } catch (error) {
        failure ??= error;
        throw error;
      } finally {
        await loader.close();
      }
    }),
  );
  if (failure) throw failure;
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Loads `count` chunks at a time in threads, two in each. The first error ends them all. */
export async function loadInThreads(
  job: LoadJob,
  chunks: Chunk[],
  count: number,
  stop: Stop,
  tick: Tick,
): Promise<ChunkRecord[]> {
  const queue = [...chunks];
  const records: ChunkRecord[] = [];
  const threads = Array.from({ length: Math.ceil(count / lanesPerThread) }, () => new LoaderThread(job, tick));
  stop.onStop.push(() => {
    for (const thread of threads) thread.fail(stop.error as LandfallError);
  });
  const lane = async (number: number) => {
    const thread = threads[number % threads.length] as LoaderThread;
    for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
      const record = await thread.load(number, chunk);
      if (record) records.push(record);
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, (_, number) => lane(number)));
    return records;
  } finally {
    // Ending a thread closes its sockets: the server rolls back what it had under way.
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** A thread that runs worker.ts, one chunk at a time in each of its lanes. */
class LoaderThread {
  readonly #worker: Worker;
  #failure: Error | undefined;
  readonly #waiting = new Map<
    number,
    { resolve: (record: ChunkRecord | null) => void; reject: (error: Error) => void }
  >();

  constructor(job: LoadJob, tick: Tick) {
    // A batch of rows is short-lived: a bigger young generation only takes memory.
    const resourceLimits = { maxYoungGenerationSizeMb: 16 };
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: job, resourceLimits });
    this.#worker.on("error", (error: Error) => this.fail(error));
    this.#worker.on("message", (report: Report) => {
      if (report.is === "rows") tick(report.rows);
      else if (report.is === "done") this.#waiting.get(report.lane)?.resolve(report.record);
      else this.fail(revive(report));
    });
  }

  load(lane: number, chunk: Chunk): Promise<ChunkRecord | null> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.set(lane, { resolve, reject });
      this.#worker.postMessage({ lane, chunk } satisfies Order);
    });
  }

  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function revive({ message, stack, known }: Report & { is: "failed" }): Error {
  if (known) return new LandfallError(known.code, message, known.hint);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
