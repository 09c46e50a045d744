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
  return resultOf(startThread(module, { data }), onProgress);
}

/** A thread that has started, or is about to, and waits for its work. */
export interface PreparedThread<Data, Result> {
  /** Once. @throws {LandfallError} as thrown in the thread */
  run(data: Data, onProgress?: (value: number) => void): Promise<Result>;
  /** Ends it where there is no work for it after all. */
  cancel(): void;
}

/** Starts a thread as `inThread` does, ahead of the work: to start takes as long as some hundred thousand rows do. */
export function prepareThread<Data, Result>(module: URL): PreparedThread<Data, Result> {
  const worker = startThread(module, {});
  let progress: ((value: number) => void) | undefined;
  // From the start on, so that a thread that cannot start is told of to whoever runs it.
  const result = resultOf<Result>(worker, (value) => progress?.(value));
  result.catch(() => {});
  return {
    run(data, onProgress) {
      progress = onProgress;
      worker.postMessage(data);
      return result;
    },
    cancel: () => void worker.terminate(),
  };
}

/** What a thread is started with; without data, that comes as a message. */
type Start = { data?: unknown };

function startThread(module: URL, start: Start): Worker {
  // What a thread makes is short-lived: a bigger young generation only takes memory.
  return new Worker(module, { workerData: start, resourceLimits: { maxYoungGenerationSizeMb: 12 } });
}

function resultOf<Result>(worker: Worker, onProgress?: (value: number) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: Message<Result>) => {
      if (message.kind === "progress") onProgress?.(message.value);
      else if (message.kind === "result") resolve(message.value);
      else reject(new LandfallError(message.code, message.message, message.hint));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code} and without a result`)));
  });
}

/** The thread's side: does the work on what `inThread`, or `run`, was given. */
export async function threadMain<Data, Result>(
  work: (data: Data, progress: (value: number) => void) => Result | Promise<Result>,
): Promise<void> {
  const post = (message: Message<Result>) => parentPort?.postMessage(message);
  try {
    const data = (await givenData()) as Data;
    post({ kind: "result", value: await work(data, (value) => post({ kind: "progress", value })) });
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    post({ kind: "problem", code: error.code, message: error.message, hint: error.hint });
  }
}

function givenData(): unknown {
  const start = workerData as Start;
  if ("data" in start) return start.data;
  return new Promise((resolve) => parentPort?.once("message", resolve));
}
