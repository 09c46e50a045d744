import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunResult, run } from "../../machine/run.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * A checkout of its own, as a user would have it: the files of this one as they are now, and nothing that a run left. What
 * takes long to fetch (npm's packages, the fetched Node) is linked, because fetching it is not what is tested here.
 */
export class Checkout {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "landfall-e2e-"));
    for (const file of ownFiles()) {
      const target = join(this.folder, file);
      mkdirSync(dirname(target), { recursive: true });
      if (existsSync(join(root, file))) cpSync(join(root, file), target);
    }
    // The real CLI writes the salt of a developer's own passphrase into a stack's file.
    for (const file of readdirSync(this.path("stacks"))) {
      const lines = readFileSync(this.path("stacks", file), "utf8").split("\n");
      writeFileSync(this.path("stacks", file), lines.filter((line) => !line.startsWith("encryptionsalt:")).join("\n"));
    }
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(join(this.folder, ".landfall"));
    const node = join(root, ".landfall", "node");
    if (existsSync(node)) symlinkSync(node, join(this.folder, ".landfall", "node"));
  }

  path(...segments: string[]): string {
    return join(this.folder, ...segments);
  }

  /** Runs a verb as `npm run` would, with an environment that holds no passphrase and no backend of the developer's. */
  verb(name: string, ...args: string[]): Promise<RunResult> {
    return this.verbWith({}, name, ...args);
  }

  verbWith(env: Record<string, string>, name: string, ...args: string[]): Promise<RunResult> {
    const clean = Object.entries(process.env).filter(([key]) => !/^(PULUMI_|LANDFALL_|PG|NODE_TEST)/.test(key));
    return run(process.execPath, [join("scripts", `${name}.mjs`), ...args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(clean), HOME: this.path(".landfall", "home"), ...env },
      timeoutMs: 600_000,
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What git tracks or would track; where this is no git checkout, there is nothing to tell leftovers by, and all is taken. */
function ownFiles(): string[] {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", list, { cwd: root, encoding: "utf8" }).trim().split("\n");
}

/** What a verb must end with when it fails: one Error: line, one Try: line, no stack trace. */
export function problemOf(result: RunResult): { error: string; hint: string } {
  const errors = result.stderr.match(/^Error: .*$/gm) ?? [];
  const hints = result.stderr.match(/^Try: .*$/gm) ?? [];
  if (errors.length !== 1 || hints.length !== 1 || /^\s+at .*:\d+:\d+\)?$/m.test(result.stderr)) {
    throw new Error(
      `not one Error: and one Try: line without a stack trace, but (exit ${result.code}):\n${result.stderr}`,
    );
  }
  return { error: errors[0]?.slice(7) ?? "", hint: hints[0]?.slice(5) ?? "" };
}
