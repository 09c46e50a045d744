import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isZombie } from "./stale-lock.ts";

/** Runs `work` while nobody else holds the lock file, waiting for it. A holder that was killed holds nothing. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!take(file)) await sleep(50);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock file for this process if nobody holds it; the caller removes the file when it is done. */
export function tryLock(file: string): boolean {
  // Twice: the first finds out that the holder is gone.
  return take(file) || take(file);
}

/** Whether a process that is still there holds the lock file. */
export const isHeld = (file: string): boolean => existsSync(file) && !isAbandoned(file);

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (isAbandoned(file)) rmSync(file, { force: true });
    return false;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // Without a pid it is just being written, unless its writer was killed there.
    if (pid === 0) return Date.now() - statSync(file).mtimeMs > 5000;
    process.kill(pid, 0);
    return isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
