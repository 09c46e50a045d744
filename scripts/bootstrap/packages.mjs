// Installs the npm packages that package-lock.json names, once for each lock file.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BootstrapError, npm, projectRoot } from "./common.mjs";
import { alone } from "./lock.mjs";

const stamp = join(projectRoot, "node_modules", ".landfall-lock");
const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(join(projectRoot, "package-lock.json")))
    .digest("hex");
const areInPlace = () => existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash();

/** @param {string} node path of the Node that the packages are for */
export function ensurePackages(node) {
  if (!areInPlace()) alone(() => areInPlace() || install(node));
}

/** @param {string} node */
function install(node) {
  process.stderr.write("Installing the npm packages of package-lock.json\n");
  const lock = lockHash();
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`;
  if (!npm(["ci"], projectRoot, { PATH })) {
    throw new BootstrapError(
      "the npm packages could not be installed",
      "check that npm reaches its registry (npm ping), then run the command again",
    );
  }
  writeFileSync(stamp, lock);
}
