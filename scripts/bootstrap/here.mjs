// Imported first by every verb: goes on under a Node that is recent enough, with the packages in place. Where both hold
// already, it costs one stat; else it starts the same script again and ends with its exit code.
import { spawn } from "node:child_process";
import { BootstrapError } from "./common.mjs";
import { keepCompiled } from "./compile-cache.mjs";
import { ensureNode, isRecentEnough } from "./node.mjs";
import { ensurePackages } from "./packages.mjs";

/**
 * Runs a script in a child, passing signals on, and ends this process as the child ended.
 * @param {string} node @param {string[]} args
 * @returns {Promise<never>}
 */
export async function continueAs(node, args) {
  const child = spawn(node, args, { stdio: "inherit" });
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    // A terminal sends SIGINT to the whole group: the child has it already, and this process only has to wait.
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (...result) => resolve(result));
  });
  if (signal)
    process.exit(128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGKILL: 9 }[/** @type {string} */ (signal)] ?? 1));
  process.exit(code ?? 1);
}

/** Runs the set-up and ends with one clear error where it fails. @template T @param {() => T} step @returns {T} */
export function orExplain(step) {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`Error: ${error.message}\nTry: ${error.hint}\n`);
    process.exit(3);
  }
}

const node = orExplain(ensureNode);
orExplain(() => ensurePackages(node));
if (!isRecentEnough(process.version)) await continueAs(node, process.argv.slice(1));
keepCompiled();
