import { type SpawnOptions, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import type { Account } from "./account.ts";

export interface RunOptions {
  /** The account to run as; null or absent: the caller's own. Only root can name another. */
  account?: Account | null;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Fed to the program's standard input: the way for secrets, which never go into arguments. */
  input?: string;
  /** Ends the program with SIGKILL after so many milliseconds. */
  timeoutMs?: number;
  /** It gets only what of the processor nobody else wants. */
  idle?: boolean;
  /** Called with each piece of standard error, for programs that tell of their progress there. */
  onStderr?: (text: string) => void;
}

export interface RunResult {
  /** The exit code; 128 + the signal's number where a signal ended it; 127 where the program could not be started. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end and never throws: what it said and how it ended are the result. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...spawnOptions(options), stdio: ["pipe", "pipe", "pipe"] });
    if (options.idle && child.pid !== undefined) yieldToOthers(child.pid);
    const output = { stdout: "", stderr: "" };
    const timer = options.timeoutMs ? setTimeout(() => child.kill("SIGKILL"), options.timeoutMs) : undefined;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
      options.onStderr?.(text);
    });
    // The program may end before it has read everything: that is its affair and shows in its exit code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: output.stdout, stderr: `${output.stderr}${error.message}` });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === "SIGKILL" ? 137 : 143), ...output });
    });
  });
}

/** Its own children, which it has not started yet, inherit that. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or somebody else's program may not be told.
  }
}

/** How a child is started as another account, with that account's home and name in its environment. */
export function spawnOptions(options: Pick<RunOptions, "account" | "env" | "cwd">): SpawnOptions {
  const env = options.env ?? process.env;
  const base: SpawnOptions = { cwd: options.cwd ?? "/" };
  if (!options.account) return { ...base, env };
  const { uid, gid, name, home } = options.account;
  return { ...base, uid, gid, env: { ...env, HOME: home, USER: name, LOGNAME: name } };
}

/** The last lines that a program wrote, for an error message: they are what it died of. */
export function lastLines(result: RunResult, lines = 4): string {
  const text = result.stderr.trim() || result.stdout.trim();
  return text.split("\n").slice(-lines).join("; ");
}
