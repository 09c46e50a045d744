// The thread that reads the snapshot. It gets tasks and answers each with its result or its error.
import { parentPort } from "node:worker_threads";
import { LandfallError, messageOf } from "../../../cli/errors.ts";
import { runTask, type Task } from "./tasks.ts";

parentPort?.on("message", ({ id, task }: { id: number; task: Task }) => {
  try {
    parentPort?.postMessage({ id, result: runTask(task) });
  } catch (error) {
    // Classes do not survive the way between threads.
    const known = error instanceof LandfallError ? { code: error.code, hint: error.hint } : undefined;
    parentPort?.postMessage({ id, error: { message: messageOf(error), stack: (error as Error).stack, known } });
  }
});
