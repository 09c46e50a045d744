import { setTimeout as sleep } from "node:timers/promises";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";

/** How long RDS is waited for, and how often it is asked. */
export interface Patience {
  /** Milliseconds between two questions. */
  pollMs: number;
  /** Milliseconds until a wait is given up. */
  timeoutMs: number;
  /** Ends each wait early, so that what has been begun can be taken down. */
  signal?: AbortSignal;
}

/** A restore of a large instance takes hours, not minutes. Tests ask more often (LANDFALL_POLL_MS). */
export const patient: Patience = { pollMs: Number(process.env.LANDFALL_POLL_MS ?? 15_000), timeoutMs: 4 * 3600_000 };

export interface Look<T> {
  /** What was waited for, once it is there. */
  done?: T;
  /** How it stands, in a word or two: told whenever it changes. */
  state: string;
}

/**
 * Asks until it is there.
 * @throws {LandfallError} backup, where it takes longer than the patience lasts; interrupted, on the signal
 */
export async function waitFor<T>(
  title: string,
  look: () => Promise<Look<T>>,
  { pollMs, timeoutMs, signal }: Patience,
  reporter: Reporter,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (let told = ""; ; ) {
    if (signal?.aborted) throw stopped(title);
    const { done, state } = await look();
    if (done !== undefined) return done;
    if (state !== told) reporter.note(`${title}: ${state}`);
    told = state;
    if (Date.now() > until) {
      const hint = "it may still come: look at it in RDS's console before you try again";
      throw new LandfallError("backup", `${title}: still ${state} after ${Math.round(timeoutMs / 1000)} s`, hint);
    }
    await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

const stopped = (title: string) =>
  new LandfallError(
    "interrupted",
    `stopped while waiting for ${title}`,
    "run it again; what it had made is removed first",
  );
