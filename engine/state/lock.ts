import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { EngineError } from "../errors.ts";
import type { Backend } from "./backend.ts";

interface Lock {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/**
 * Takes the stack's lock, as the Pulumi CLI does: a file of one's own, then a look whether there are others. A lock whose
 * process is gone from this machine is removed.
 * @returns what releases it
 * @throws {EngineError} "the stack is currently locked by …"
 */
export function takeLock(backend: Backend, stack: string): () => void {
  const folder = backend.lockFolder(stack);
  refuseOthers(folder, undefined);
  mkdirSync(folder, { recursive: true });
  const own = `${randomUUID()}.json`;
  const lock: Lock = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  writeFileSync(join(folder, own), JSON.stringify(lock), { flag: "wx" });
  const release = () => rmSync(join(folder, own), { force: true });
  try {
    refuseOthers(folder, own);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Removes every lock of a stack; returns how many there were. */
export function breakLocks(backend: Backend, stack: string): number {
  const files = lockFiles(backend.lockFolder(stack));
  for (const file of files) rmSync(file, { force: true });
  return files.length;
}

export const isLocked = (backend: Backend, stack: string): boolean =>
  lockFiles(backend.lockFolder(stack)).some((file) => !isStale(file));

const lockFiles = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(folder, name))
    : [];

function refuseOthers(folder: string, own: string | undefined): void {
  const others = lockFiles(folder).filter((file) => own === undefined || file !== join(folder, own));
  const alive = others.filter((file) => {
    if (!isStale(file)) return true;
    rmSync(file, { force: true });
    return false;
  });
  if (alive.length === 0) return;
  const lines = alive.map((file) => `  file://${file}: ${describe(file)}`);
  throw new EngineError(
    `the stack is currently locked by ${alive.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n${lines.join("\n")}`,
  );
}

function isStale(file: string): boolean {
  const lock = readLock(file);
  if (lock === undefined) return !existsSync(file);
  return lock.hostname === hostname() && !isAlive(lock.pid);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  // On Linux a zombie still answers: its parent has not asked for it yet, but it works on nothing.
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0] !== "Z";
  } catch {
    return true;
  }
}

function readLock(file: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Lock;
  } catch {
    return undefined;
  }
}

function describe(file: string): string {
  const lock = readLock(file);
  return lock
    ? `created by ${lock.username}@${lock.hostname} (pid ${lock.pid}) at ${lock.timestamp}`
    : "cannot be read";
}
