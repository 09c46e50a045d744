import assert from "node:assert/strict";

/**
 * kill -9 of one process. Refuses 0 and 1, which a missing pid turns into: they would mean the whole group of the test run,
 * and the machine.
 */
export function killHard(pid: number): void {
  assert.ok(Number.isInteger(pid) && pid > 1, `${pid} is not the number of a process to kill`);
  process.kill(pid, "SIGKILL");
}
