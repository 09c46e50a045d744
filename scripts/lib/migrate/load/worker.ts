import { parentPort, workerData } from "node:worker_threads";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { ExitName } from "../../cli/exit-codes.ts";
import type { ChunkRecord } from "../control/control.ts";
import { ChunkLoader } from "./chunk-loader.ts";
import type { Chunk } from "./chunks.ts";
import type { LoadJob } from "./job.ts";

/** A chunk to load. The chunks of one lane come one after another. */
export interface Order {
  lane: number;
  chunk: Chunk;
}

/** What a worker says. */
export type Report =
  | { is: "rows"; rows: number }
  | { is: "done"; lane: number; record: ChunkRecord | null }
  | { is: "failed"; message: string; stack?: string | undefined; known?: { code: ExitName; hint: string } };

const port = parentPort;
if (!port) throw new Error("worker.ts runs as a thread of pool.ts");
const say = (report: Report) => port.postMessage(report);

// Between two ticks a message takes more than the rows do.
const rowsPerReport = 20_000;
let rows = 0;
const tick = (more: number) => {
  rows += more;
  if (rows < rowsPerReport) return;
  say({ is: "rows", rows });
  rows = 0;
};

/** By lane. */
const loaders = new Map<number, Promise<ChunkLoader>>();

function loaderOf(lane: number): Promise<ChunkLoader> {
  const known = loaders.get(lane) ?? ChunkLoader.open(workerData as LoadJob);
  loaders.set(lane, known);
  return known;
}

port.on("message", async ({ lane, chunk }: Order) => {
  try {
    const record = await (await loaderOf(lane)).load(chunk, tick);
    tick(0);
    say({ is: "done", lane, record });
  } catch (error) {
    const known = error instanceof LandfallError ? { code: error.code, hint: error.hint } : undefined;
    const stack = error instanceof Error ? error.stack : undefined;
    say({ is: "failed", message: messageOf(error), stack, ...(known ? { known } : {}) });
  }
});
