import type { ForeignKeyViolations } from "../../db/sqlite/foreign-keys.ts";
import { inThread } from "../../threads/thread.ts";

export interface Checks {
  integrity: string[];
  foreignKeyViolations: ForeignKeyViolations[];
}

export interface ChecksInput {
  file: string;
  /** One 32-bit number: 0 while the file is copied, then `go` or `stop`. */
  state: SharedArrayBuffer;
}

export const go = 1;
export const stop = 2;

/**
 * Starts the thread of the checks, which waits for the copy: starting takes as long as copying 100 MB, and copying leaves a
 * core idle.
 * @param file where the copy will be
 * @returns `run` once it is there, or `cancel`
 */
export function prepareChecks(file: string): { run: () => Promise<Checks>; cancel: () => void } {
  const state = new SharedArrayBuffer(4);
  const result = inThread<Checks>(new URL("./checks-thread.ts", import.meta.url), {
    file,
    state,
  } satisfies ChecksInput);
  // Whoever cancels does not ask for it.
  result.catch(() => {});
  const tell = (what: number) => {
    const shared = new Int32Array(state);
    Atomics.store(shared, 0, what);
    Atomics.notify(shared, 0);
  };
  return {
    run() {
      tell(go);
      return result;
    },
    cancel: () => tell(stop),
  };
}
