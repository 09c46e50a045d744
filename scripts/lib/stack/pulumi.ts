import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { lastLines, type RunResult, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import { projectRoot } from "../paths.ts";
import type { Engine } from "./engine.ts";
import { type OperationSummary, readEvents } from "./events.ts";
import { passphraseEnvironment } from "./passphrase.ts";

/** The stacks that have a configuration file. */
export function configuredStacks(): string[] {
  const names = readdirSync(join(projectRoot, "stacks")).map((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

/** @throws {LandfallError} where no configuration file has the name */
export function requireConfigured(stack: string): void {
  if (existsSync(join(projectRoot, "stacks", `Pulumi.${stack}.yaml`))) return;
  throw new LandfallError(
    "stack",
    `there is no stack ${stack}: stacks/Pulumi.${stack}.yaml does not exist`,
    `--stack with one of ${configuredStacks().join(", ")}, or write that file`,
  );
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...passphraseEnvironment(),
    // The real CLI takes the node that is first on PATH for the program.
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`,
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // Without it the CLI does not know --event-log, which its own Automation API relies on too.
    PULUMI_DEBUG_COMMANDS: "true",
    // The embedded engine then leaves them to the verb, which says them at its end; the CLI shows them all the same.
    LANDFALL_ERRORS: "in-log",
  };
}

/** Runs a command of the engine for what it prints. */
export function ask(engine: Engine, args: string[]): Promise<RunResult> {
  const [program = "", ...before] = engine.command;
  return run(program, [...before, ...args, "--non-interactive"], { cwd: projectRoot, env: environment() });
}

/** Makes the stack's entry in the backend where there is none yet. @returns whether there was none */
export async function ensureStack(engine: Engine, stack: string): Promise<boolean> {
  requireConfigured(stack);
  const known = await ask(engine, ["stack", "ls", "--json"]);
  if (known.code !== 0) throw explain(lastLines(known, 6), stack);
  const names = (JSON.parse(known.stdout) as { name: string }[]).map(({ name }) => name.split("/").at(-1));
  if (names.includes(stack)) return false;
  const made = await ask(engine, ["stack", "init", stack, "--no-select"]);
  if (made.code !== 0) throw explain(lastLines(made, 6), stack);
  return true;
}

export type Operation = "up" | "preview" | "destroy" | "refresh";

/**
 * Runs an operation. What it shows a person (a live tree on a terminal) goes to stderr: stdout is for data.
 * @throws {LandfallError} with the first error's text and its hint where the operation fails
 */
export async function operate(
  engine: Engine,
  operation: Operation,
  stack: string,
  extra: { args?: string[]; env?: Record<string, string>; quiet?: boolean } = {},
): Promise<OperationSummary> {
  const folder = mkdtempSync(join(tmpdir(), "landfall-events-"));
  try {
    const log = join(folder, "events.jsonl");
    const confirm = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const interactive = process.stderr.isTTY ? [] : ["--non-interactive"];
    const args = [operation, "--stack", stack, ...confirm, ...interactive, "--event-log", log, ...(extra.args ?? [])];
    const show = extra.quiet ? "ignore" : 2;
    const code = await runShown(engine, [...args, "--suppress-outputs"], { ...environment(), ...extra.env }, show);
    const summary = readEvents(log);
    if (code === 0) return summary;
    const why =
      summary.errors.length > 0 ? [...new Set(summary.errors)].join("\n") : await reasonBeforeEvents(engine, stack);
    throw explain(why, stack, `pulumi ${operation} ended with ${code}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What goes wrong before the operation begins is in no event: a command that only reads the state meets it too. */
async function reasonBeforeEvents(engine: Engine, stack: string): Promise<string> {
  const result = await ask(engine, ["stack", "output", "--show-secrets", "--stack", stack]);
  return result.code === 0 ? "" : result.stderr;
}

function runShown(engine: Engine, args: string[], env: NodeJS.ProcessEnv, show: 2 | "ignore"): Promise<number> {
  const [program = "", ...before] = engine.command;
  const child = spawn(program, [...before, ...args], { cwd: projectRoot, env, stdio: ["inherit", show, show] });
  // Ctrl-C reaches the engine too: it finishes what runs and saves, and this process waits for it.
  const wait = () => {};
  process.on("SIGINT", wait);
  const forward = () => child.kill("SIGINT");
  process.on("SIGTERM", forward);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", forward);
      resolve(code ?? (signal ? 130 : 1));
    });
  });
}

/** The engine has shown all of it already; a plugin that crashes says hundreds of lines, of which the first matter. */
function brief(lines: string[]): string {
  const text = lines.slice(0, 12).join("; ").replaceAll(":; ", ": ");
  return text.length > 600 ? `${text.slice(0, 600)} …` : text;
}

/** How Docker says that a registry, or the image in it, cannot be had. */
const cannotPull = /https:\/\/\S+\/v2\/.*(no such host|dial tcp|timeout|refused)|pull access denied|manifest .*unknown/;

/** Turns an engine's error text into ours: its hint where it carries one, a better one where the cause is known. */
export function explain(text: string, stack: string, otherwise = "the engine gave no reason"): LandfallError {
  const lines = text
    .split("\n")
    .map((line) => line.trim().replace(/^error: /, ""))
    .filter((line) => line !== "" && !/^(update|preview|destroy|refresh) failed$/.test(line));
  const hints = lines.filter((line) => line.startsWith("Try: ")).map((line) => line.slice(5));
  // Several policies can speak at once, each with its own.
  const hint = hints.length > 0 ? [...new Set(hints)].join("; ") : undefined;
  const message = brief(lines.filter((line) => !line.startsWith("Try: "))) || otherwise;
  if (/incorrect passphrase/i.test(message)) {
    return new LandfallError(
      "stack",
      `the passphrase does not open the secrets of the stack ${stack}`,
      "set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the one that the stack was made with",
    );
  }
  if (/values that cannot be used/.test(message)) {
    return new LandfallError("usage", message, "correct them; docs/reference/configuration.md has every setting");
  }
  const base = lines.find((line) => cannotPull.test(line));
  if (base && /build/.test(message)) {
    return new LandfallError(
      "infrastructure",
      `the images cannot be built, because their base cannot be pulled: ${base}`,
      `check the network, or set landfall:docker base_image in stacks/Pulumi.${stack}.yaml to an image that is at hand`,
    );
  }
  if (/the stack is currently locked/i.test(message)) {
    return new LandfallError(
      "busy",
      `another run works on the stack ${stack}`,
      "wait until it has ended and run this again",
    );
  }
  return new LandfallError(
    "infrastructure",
    message,
    hint ?? "mend what it names and run this again: it goes on where it stopped",
  );
}
