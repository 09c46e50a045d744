import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Project } from "../config/project.ts";
import { sdkScript } from "../plugins/find.ts";
import { kill } from "../plugins/launch.ts";
import { watch } from "../plugins/watchdog.ts";

export interface ProgramOptions {
  project: Project;
  stack: string;
  preview: boolean;
  parallel: number;
  monitor: string;
  engine: string;
  config: Record<string, string>;
  secretKeys: string[];
  onLine: (line: string) => void;
}

export interface Program {
  /** How it ended: its exit code, or -1 where a signal ended it. */
  ended: Promise<number>;
  stop(): void;
}

/** Starts the program under the SDK's own runner, in a process group of its own. */
export function startProgram(options: ProgramOptions): Program {
  const { project, stack, preview, parallel, monitor, engine } = options;
  const args = [
    ...project.nodeArguments,
    sdkScript(project, "cmd/run"),
    `--monitor=${monitor}`,
    `--engine=${engine}`,
    "--organization=organization",
    `--project=${project.name}`,
    `--stack=${stack}`,
    `--root-directory=${project.root}`,
    `--pwd=${project.folder}`,
    `--parallel=${parallel}`,
    ...(preview ? ["--dry-run"] : []),
    project.entry,
  ];
  const child = spawn(process.execPath, args, {
    cwd: project.folder,
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(options.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretKeys),
      PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  watch(child);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", options.onLine);
  return { ended: endOf(child), stop: () => kill(child, "SIGKILL") };
}

/** Not before its last line has been read, unless something that it started holds its output open. */
async function endOf(child: ChildProcess): Promise<number> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status) => resolve(status ?? -1));
  });
  await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
  return code;
}
