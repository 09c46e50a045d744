// Installs the npm packages that package-lock.json names, once for each lock file.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BootstrapError, npmEnvironment, projectRoot } from "./node.mjs";

/** @param {string} node path of the Node that the packages are for */
export function ensurePackages(node) {
  const lock = createHash("sha256")
    .update(readFileSync(join(projectRoot, "package-lock.json")))
    .digest("hex");
  const stamp = join(projectRoot, "node_modules", ".landfall-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  process.stderr.write("Installing the npm packages of package-lock.json\n");
  const env = { ...npmEnvironment(), PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = spawnSync("npm", args, {
    cwd: projectRoot,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env,
  });
  if (result.status !== 0) {
    // npm explains itself at length: its first lines say what happened, the rest is in its own log.
    process.stderr.write(`${(result.stderr ?? "").trim().split("\n").slice(0, 8).join("\n")}\n`);
    throw new BootstrapError(
      "the npm packages could not be installed",
      "check that npm reaches its registry (npm ping), then run the command again",
    );
  }
  writeFileSync(stamp, lock);
}
