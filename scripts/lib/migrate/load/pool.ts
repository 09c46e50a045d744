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
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL("./worker.ts", import.meta.url), { workerData: job }),
  );
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
          const record = await ask(worker, chunk, stop, tick);
          if (record) records.push(record);
        }
      }),
    );
    return records;
  } finally {
    // Ending a thread closes its socket: the server rolls back what it had under way.
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, chunk: Chunk, stop: Stop, tick: Tick): Promise<ChunkRecord | null> {
  return new Promise((resolve, reject) => {
    if (stop.error) return reject(stop.error);
    const end = () => {
      worker.removeAllListeners();
    };
    stop.onStop.push(() => reject(stop.error));
    worker.on("error", (error) => {
      end();
      reject(error);
    });
    worker.on("message", (report: Report) => {
      if (report.is === "rows") return tick(report.rows);
      end();
      if (report.is === "done") resolve(report.record);
      else reject(revive(report));
    });
    worker.postMessage(chunk);
  });
}

function revive({ message, stack, known }: Report & { is: "failed" }): Error {
  if (known) return new LandfallError(known.code, message, known.hint);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
