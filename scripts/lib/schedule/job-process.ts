import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidOf } from "../../../machine/daemon.ts";
import type { StartedJob } from "./history.ts";

/** How it ended. */
export interface EndedJob extends StartedJob {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Nobody wrote down how it ended: it was killed with its shell, or its machine went. */
  interrupted: boolean;
}

/**
 * The shell outlives a scheduler that is killed, and writes down how the job ended for the one after it. A signal that tells both
 * to end is the job's: the shell waits for it.
 */
const script = `trap : TERM INT
echo $$ >"$0/pid"
"$@" >"$0/stdout" 2>"$0/stderr"
echo $? >"$0/code.new" && mv "$0/code.new" "$0/code"`;

/**
 * The one job that runs, in a folder: a scheduler that takes over from a killed one finds it there and waits for it, instead
 * of starting the same job beside it.
 */
export class JobProcess {
  readonly #folder: string;
  #child: ChildProcess | undefined;

  /** @param folder for this alone */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The job that an earlier scheduler started and of which nobody has taken note yet; null where there is none. */
  left(): StartedJob | null {
    try {
      return JSON.parse(this.#read("job.json")) as StartedJob;
    } catch {
      return null;
    }
  }

  /** Runs a job to its end. What it prints is kept until then. */
  async run(started: StartedJob, program: string, args: string[], env: NodeJS.ProcessEnv): Promise<EndedJob> {
    this.forget();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, "job.json"), JSON.stringify(started));
    // A group of its own: a signal for the scheduler is not one for its job.
    const child = spawn("/bin/sh", ["-c", script, this.#folder, program, ...args], {
      env,
      detached: true,
      stdio: "ignore",
    });
    this.#child = child;
    await new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
    this.#child = undefined;
    return this.#ended(started);
  }

  /** Tells the job that this process runs to end; `run` still waits for it. */
  interrupt(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined && pid > 1) process.kill(-pid, "SIGTERM");
  }

  /** Waits for a job that was left. */
  async await(started: StartedJob): Promise<EndedJob> {
    const shell = { pidFile: join(this.#folder, "pid"), program: "/bin/sh", args: [this.#folder] };
    while (!existsSync(join(this.#folder, "code")) && pidOf(shell) !== undefined) await sleep(200);
    return this.#ended(started);
  }

  /** To be called once its end is on record. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #ended(started: StartedJob): EndedJob {
    const code = Number.parseInt(this.#read("code"), 10);
    const killed = "Error: it was killed before its end\n";
    const [stdout, stderr] = [this.#read("stdout"), this.#read("stderr")];
    return Number.isNaN(code)
      ? { ...started, exitCode: 137, stdout, stderr: `${stderr}\n${killed}`, interrupted: true }
      : { ...started, exitCode: code, stdout, stderr, interrupted: false };
  }

  #read(name: string): string {
    const file = join(this.#folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }
}
