import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * kill -9 of one process. Refuses 0 and 1, which a missing pid turns into: they would mean the whole group of the test run,
 * and the machine.
 */
export function killHard(pid: number): void {
  assert.ok(Number.isInteger(pid) && pid > 1, `${pid} is not the number of a process to kill`);
  process.kill(pid, "SIGKILL");
}

/**
 * Waits until no process works in the folder any more: what a killed PostgreSQL leaves behind goes on writing for a moment, and
 * would fill a data folder again that is just being deleted. Linux only; elsewhere it waits a second.
 */
export async function untilDeserted(folder: string): Promise<void> {
  if (process.platform !== "linux") return sleep(1000);
  for (let tries = 0; tries < 200 && workersIn(folder) > 0; tries++) await sleep(50);
  assert.equal(workersIn(folder), 0, `processes still work in ${folder}`);
}

function workersIn(folder: string): number {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      // Gone in the meantime, or somebody else's.
      return false;
    }
  }).length;
}
