import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Reporter } from "../cli/reporter.ts";
import { projectRoot } from "../paths.ts";

/** How a verb ended that was run as a program of its own. */
export interface VerbRun {
  code: number;
  /** What it printed for --json; null where it printed nothing. */
  data: unknown;
  /** Its Error: and Try: lines. */
  problem: { message: string; hint: string } | null;
}

/**
 * Runs another verb with --json. As a program, because some verbs go on inside a container of the stack. What it tells of its
 * progress is told on as notes, and its problem is the caller's to print.
 */
export async function runVerbAlone(name: string, args: string[], reporter: Reporter): Promise<VerbRun> {
  const script = join(projectRoot, "scripts", `${name}.mjs`);
  const child = spawn(process.execPath, [script, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const said: { Error?: string; Try?: string } = {};
  createInterface({ input: child.stderr }).on("line", (line) => {
    const [, kind, rest = ""] = line.match(/^(Error|Try): (.*)$/) ?? [];
    if (kind) said[kind as "Error" | "Try"] = rest;
    else reporter.note(line.replace(/^\[\d+\/\d+\] /, "").trim());
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
  const problem = said.Error ? { message: said.Error, hint: said.Try ?? `npm run ${name} -- --help` } : null;
  return { code, data: text.trim() === "" ? null : JSON.parse(text), problem };
}
