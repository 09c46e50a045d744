// One bootstrap at a time: two that install into the same folder would leave it broken.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./common.mjs";

const lock = join(projectRoot, ".landfall", "bootstrap.lock");

/** Runs `work` while no other bootstrap of this project does. @template T @param {() => T} work @returns {T} */
export function alone(work) {
  mkdirSync(join(projectRoot, ".landfall"), { recursive: true });
  while (!take()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    if (isAbandoned()) rmSync(lock, { force: true });
    return false;
  }
}

/** A lock whose owner was killed is nobody's; one without a pid is just being written, or was about to be. */
function isAbandoned() {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs > 5000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
}
