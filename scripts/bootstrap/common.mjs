// What the other bootstrap files share. Plain JavaScript without dependencies: it must run on any Node from 18 on.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** An error that a person can act on; printed as one "Error:" and one "Try:" line. */
export class BootstrapError extends Error {
  /** @param {string} message @param {string} hint */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Runs npm in a folder. Where it fails, its first lines say what happened; the rest is in its own log.
 * @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} [extra]
 * @returns {boolean} whether it ended well
 */
export function npm(args, cwd, extra = {}) {
  // npm hands its settings down to its children; a nested npm that sees them would install into the outer project.
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|config_ignore_scripts|package_|lifecycle_)/i.test(key),
  );
  const result = spawnSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: { ...Object.fromEntries(inherited), ...extra },
  });
  if (result.status === 0) return true;
  process.stderr.write(`${(result.stderr || result.error?.message || "").trim().split("\n").slice(0, 8).join("\n")}\n`);
  return false;
}
