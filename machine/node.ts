import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MachineProblem } from "./problem.ts";
import { lastLines, run } from "./run.ts";

/** A Node for Linux containers of this machine's architecture: this very one on Linux, else fetched from npm. */
export async function linuxNode(): Promise<string> {
  if (process.platform === "linux") return process.execPath;
  const name = `node-linux-${process.arch}`;
  const folder = join(import.meta.dirname, "..", ".landfall", "container-node");
  const binary = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const major = process.versions.node.split(".")[0];
  // --force: npm would refuse a package for another system.
  const result = await run(
    "npm",
    ["install", "--force", "--no-package-lock", "--no-audit", "--no-fund", `${name}@${major}`],
    { cwd: folder },
  );
  if (result.code === 0 && existsSync(binary)) return binary;
  throw new MachineProblem(
    `no Node for Linux containers could be fetched: ${lastLines(result)}`,
    "check that npm reaches its registry (npm ping)",
  );
}
