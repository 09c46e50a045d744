import { spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./account.ts";
import { withLock } from "./lock.ts";
import { MachineProblem } from "./problem.ts";
import { lastLines, run, spawnOptions } from "./run.ts";
import { releaseLocksOfTheDead } from "./stale-lock.ts";

/** A program that outlives whoever starts it. */
export interface Daemon {
  name: string;
  program: string;
  /** Something in here must be the daemon's own, such as the path of its configuration: it is known again by it. */
  args: string[];
  /** Added to a minimal environment; the caller's own is not handed down, it may hold a passphrase. */
  env: Record<string, string>;
  account: Account | null;
  /** Standard output and error are appended here. */
  log: string;
  pidFile: string;
  /** Files in whose first line it writes its process id to keep others out, as PostgreSQL does. */
  locks?: string[];
  ready: Ready;
  readyTimeoutMs: number;
  /** PostgreSQL: SIGINT is its fast shutdown. */
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
}

/** How to tell that a daemon does its work. */
export type Ready =
  | { how: "tcp"; port: number }
  | { how: "http"; url: string }
  | { how: "command"; program: string; args: string[] };

/** Says that the daemon is meant to run, and how: what a supervisor starts it again from. Holds its environment: 0600. */
const intentFile = (daemon: Pick<Daemon, "pidFile">) => daemon.pidFile.replace(/\.pid$/, ".daemon.json");

/** Starts the daemon and has it kept running: whoever supervises the folder of its pid file starts it again. */
export function keep(daemon: Daemon): Promise<number> {
  return alone(daemon, async () => {
    const pid = pidOf(daemon) ?? (await start(daemon));
    writeFileSync(intentFile(daemon), JSON.stringify(onlyDaemon(daemon)), { mode: 0o600 });
    return pid;
  });
}

/** A caller's value may have more properties than are written down. */
function onlyDaemon(daemon: Daemon): Daemon {
  const { name, program, args, env, account, log, pidFile, locks = [] } = daemon;
  const { ready, readyTimeoutMs, stopSignal, stopTimeoutMs } = daemon;
  return { name, program, args, env, account, log, pidFile, locks, ready, readyTimeoutMs, stopSignal, stopTimeoutMs };
}

/** Stops the daemon, and has nobody start it again. */
export function release(daemon: Daemon): Promise<void> {
  return alone(daemon, async () => {
    rmSync(intentFile(daemon), { force: true });
    await stop(daemon);
  });
}

/**
 * Starts again every daemon of a folder that is meant to run and does not.
 * @returns the names of those that were started, or why one could not be
 */
export async function revive(folder: string): Promise<{ name: string; problem?: string }[]> {
  const revived: { name: string; problem?: string }[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".daemon.json"))) {
    const path = join(folder, file);
    const daemon = readIntent(path);
    if (!daemon || pidOf(daemon) !== undefined) continue;
    await alone(daemon, async () => {
      // Looked at again, now that nobody else is at it: it may just have been stopped on purpose, or started.
      if (!existsSync(path) || pidOf(daemon) !== undefined) return;
      const outcome = await start(daemon).then(
        () => ({ name: daemon.name }),
        (error: Error) => ({ name: daemon.name, problem: error.message }),
      );
      revived.push(outcome);
    });
  }
  return revived;
}

function readIntent(path: string): Daemon | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Daemon;
  } catch {
    return undefined;
  }
}

/** One at a time for each daemon: a supervisor must not start what somebody else is just stopping. */
const alone = <T>(daemon: Pick<Daemon, "pidFile">, work: () => Promise<T>): Promise<T> =>
  withLock(daemon.pidFile.replace(/\.pid$/, ".lock"), work);

/** The daemon's process id if it runs; undefined where its pid file is missing or names somebody else's process. */
export function pidOf(daemon: Pick<Daemon, "pidFile" | "program" | "args">): number | undefined {
  if (!existsSync(daemon.pidFile)) return undefined;
  const pid = Number(readFileSync(daemon.pidFile, "utf8").trim());
  return Number.isInteger(pid) && pid > 1 && isRunning(pid, daemon) ? pid : undefined;
}

/** Process ids are used again: a process is ours only if it runs the same program with the same arguments. */
function isRunning(pid: number, daemon: Pick<Daemon, "program" | "args">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const line = commandLine(pid);
  return line === undefined || daemon.args.every((argument) => line.includes(argument));
}

function commandLine(pid: number): string[] | undefined {
  try {
    const parts = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    // A zombie has an empty command line: it is gone and only waits for its parent to notice.
    return parts;
  } catch {
    // No /proc (macOS): the pid and the pid file have to do.
    return process.platform === "linux" ? [] : undefined;
  }
}

/**
 * Starts a daemon and waits until it is ready.
 * @throws {MachineProblem} with the last lines of its log where it ends early or does not become ready in time
 */
export async function start(daemon: Daemon): Promise<number> {
  mkdirSync(dirname(daemon.log), { recursive: true });
  rmSync(daemon.pidFile, { force: true });
  releaseLocksOfTheDead(daemon.locks ?? []);
  const log = openSync(daemon.log, "a", 0o640);
  if (daemon.account) chownSync(daemon.log, daemon.account.uid, daemon.account.gid);
  // The shell writes its own pid and then becomes the program, so that the pid file is there from the first moment on,
  // also if the caller is killed in between.
  const script = 'echo $$ > "$0" && exec "$@"';
  const env = { PATH: process.env.PATH, LANG: "C.UTF-8", TZ: "UTC", ...daemon.env };
  const child = spawn("/bin/sh", ["-c", script, daemon.pidFile, daemon.program, ...daemon.args], {
    ...spawnOptions({ account: daemon.account, env }),
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let exit: number | null | undefined;
  child.on("exit", (code) => {
    exit = code;
  });
  child.on("error", () => {
    exit = 127;
  });
  const deadline = Date.now() + daemon.readyTimeoutMs;
  while (!(await isReady(daemon))) {
    if (exit !== undefined) throw notStarted(daemon, `ended with ${exit ?? "a signal"}`);
    if (Date.now() > deadline) {
      await stop(daemon);
      throw notStarted(daemon, `was not ready after ${daemon.readyTimeoutMs / 1000} s`);
    }
    await sleep(50);
  }
  child.unref();
  const pid = pidOf(daemon);
  if (pid === undefined) throw notStarted(daemon, "something else answers in its place");
  return pid;
}

function notStarted(daemon: Daemon, how: string): MachineProblem {
  const lines = existsSync(daemon.log) ? readFileSync(daemon.log, "utf8").trim().split("\n").slice(-3).join("; ") : "";
  return new MachineProblem(`${daemon.name} ${how}: ${lines || "its log is empty"}`, `read ${daemon.log}`);
}

/** Whether the daemon runs and does its work at this moment. */
export async function isReady(daemon: Daemon): Promise<boolean> {
  if (pidOf(daemon) === undefined) return false;
  const { ready } = daemon;
  switch (ready.how) {
    case "tcp":
      return accepts(ready.port);
    case "http":
      return fetch(ready.url, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.ok,
        () => false,
      );
    case "command":
      return (await run(ready.program, ready.args, { account: daemon.account, timeoutMs: 5000 })).code === 0;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/** Ends a daemon: first politely, then, after its time is up, with SIGKILL. Does nothing where it does not run. */
export async function stop(
  daemon: Pick<Daemon, "pidFile" | "program" | "args" | "stopSignal" | "stopTimeoutMs">,
): Promise<void> {
  const deadline = Date.now() + daemon.stopTimeoutMs;
  let signal = daemon.stopSignal;
  for (let pid = pidOf(daemon); pid !== undefined; pid = pidOf(daemon)) {
    send(pid, signal);
    while (Date.now() < deadline && pidOf(daemon) !== undefined) await sleep(25);
    if (signal === "SIGKILL") await sleep(25);
    signal = "SIGKILL";
  }
  rmSync(daemon.pidFile, { force: true });
}

/** Sends a signal to a process that may just have ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs a command for its output; for questions to a daemon. @throws {MachineProblem} where it fails */
export async function ask(name: string, program: string, args: string[], account: Account | null): Promise<string> {
  const result = await run(program, args, { account, timeoutMs: 30_000 });
  if (result.code === 0) return result.stdout.trim();
  throw new MachineProblem(`${name} did not answer: ${lastLines(result)}`, `read its log and run this again`);
}
