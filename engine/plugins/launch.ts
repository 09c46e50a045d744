import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, withoutStack } from "../errors.ts";
import type { Command } from "./find.ts";
import { watch } from "./watchdog.ts";

/** A running plugin that has said where it listens. */
export interface Plugin {
  address: string;
  /** The end of what it wrote on its stderr: for the message of a crash. */
  lastWords(): string;
  /** Ends it. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const keptLines = 12;

/**
 * Starts a plugin. It leads a process group of its own, so that a Ctrl-C on the terminal reaches the engine only, which lets
 * it finish.
 * @param onLine is given each line that it writes after its port
 */
export async function launchPlugin(
  name: string,
  command: Command,
  options: { folder: string; engine: string; env?: Record<string, string> },
  onLine: (line: string) => void,
): Promise<Plugin> {
  const child = spawn(command.program, [...command.args, options.engine], {
    cwd: options.folder,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  watch(child);
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > keptLines) errors.shift();
    onLine(line);
  });
  const lastWords = () => withoutStack(errors.join("\n"));
  const port = await portOf(name, child, onLine, lastWords);
  return { address: `127.0.0.1:${port}`, lastWords, stop: () => stop(child) };
}

function portOf(
  name: string,
  child: ChildProcess,
  onLine: (line: string) => void,
  lastWords: () => string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      kill(child, "SIGKILL");
      reject(new EngineError(`the plugin ${name} did not start: ${[why, lastWords()].filter(Boolean).join("\n")}`));
    };
    const timer = setTimeout(() => fail(`no port within ${startTimeoutMs / 1000} s`), startTimeoutMs);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`it ended with ${code ?? signal}`));
    let first = true;
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!first) return onLine(line);
      first = false;
      const port = Number(line.trim());
      if (!Number.isInteger(port) || port <= 0) return fail(`it wrote "${line}" instead of its port`);
      clearTimeout(timer);
      child.removeAllListeners("exit");
      resolve(port);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  kill(child, "SIGTERM");
  const waited = await Promise.race([ended.then(() => true), sleep(2000, false, { ref: false })]);
  if (!waited) kill(child, "SIGKILL");
}

/** Ends a whole process group. */
export function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
