import { parentPort, Worker, workerData } from "node:worker_threads";
import { LandfallError } from "../cli/errors.ts";
import type { ExitName } from "../cli/exit-codes.ts";

type Message<Result> =
  | { kind: "progress"; value: number }
  | { kind: "result"; value: Result }
  | { kind: "problem"; code: ExitName; message: string; hint: string };

/**
 * Runs a module in a thread of its own and gives back what it made. The module calls `threadMain` once.
 * @param module URL of the file, as `new URL("./x-thread.ts", import.meta.url)`
 * @param onProgress called with what the thread tells, if it tells anything
 * @throws {LandfallError} as thrown in the thread
 */
export function inThread<Result>(module: URL, data: unknown, onProgress?: (value: number) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    // What a thread makes is short-lived: a bigger young generation only takes memory.
    const worker = new Worker(module, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: 12 } });
    worker.on("message", (message: Message<Result>) => {
      if (message.kind === "progress") onProgress?.(message.value);
      else if (message.kind === "result") resolve(message.value);
      else reject(new LandfallError(message.code, message.message, message.hint));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the thread ${module.pathname} ended with ${code}`)));
  });
}

/** The thread's side: does the work on what `inThread` was given. */
export async function threadMain<Data, Result>(
  work: (data: Data, progress: (value: number) => void) => Result | Promise<Result>,
): Promise<void> {
  const post = (message: Message<Result>) => parentPort?.postMessage(message);
  try {
    post({ kind: "result", value: await work(workerData as Data, (value) => post({ kind: "progress", value })) });
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    post({ kind: "problem", code: error.code, message: error.message, hint: error.hint });
  }
}
