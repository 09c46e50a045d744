import { readFileSync, rmSync } from "node:fs";
import { tryLock } from "../../../../machine/lock.ts";
import { LandfallError } from "../../cli/errors.ts";

/**
 * Takes a lock file for this process, until the returned function is called. The lock of a process that is gone is nobody's.
 * @param what completes the error: "another … runs"
 * @throws {LandfallError} busy
 */
export function holdLock(file: string, what: string): () => void {
  if (tryLock(file)) return () => rmSync(file, { force: true });
  const owner = readFileSync(file, "utf8");
  throw new LandfallError("busy", `${what} (process ${owner})`, "wait until it has ended, then run this again");
}
