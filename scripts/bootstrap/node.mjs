// Finds or fetches a Node that can run Landfall.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BootstrapError, npm, projectRoot } from "./common.mjs";
import { alone } from "./lock.mjs";

/** Type stripping without a flag, `node:sqlite` with its backup function, and require() of ES modules: all from here on. */
const FLOOR = { major: 22, minor: 18 };
const FETCHED = "24";

/** Where the fetched Node lives: inside the project, so that nothing global changes. */
const folder = join(projectRoot, ".landfall", "node");
const binary = join("node_modules", "node", "bin", "node");
const fetchedNode = join(folder, binary);

/** @param {string} version such as "v20.20.2" */
export function isRecentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor);
}

/** @param {string} path */
function runs(path) {
  if (!existsSync(path)) return false;
  const result = spawnSync(path, ["--version"], { encoding: "utf8" });
  return result.status === 0 && isRecentEnough(result.stdout.trim());
}

/**
 * The path of a Node that is recent enough: this one, else the one fetched before, else one fetched now.
 * @returns {string}
 */
export function ensureNode() {
  if (isRecentEnough(process.version)) return process.execPath;
  if (!runs(fetchedNode)) alone(() => runs(fetchedNode) || fetchNode());
  return fetchedNode;
}

function fetchNode() {
  const say = `Node ${process.version} is older than ${FLOOR.major}.${FLOOR.minor}: fetching Node ${FETCHED} into .landfall/node\n`;
  process.stderr.write(say);
  // Into a folder beside it and then renamed: a fetch that is cut off leaves nothing that looks complete.
  const staging = `${folder}.new`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(staging, "package.json"), '{ "private": true }\n');
  // The package places the binary by an install script, so the project's ignore-scripts must not hold here. Where a
  // stricter npm skips the script all the same, the platform's own package brings the binary without one.
  const platformPackage = `node-${process.platform}-${process.arch}`;
  const install = ["install", "--no-package-lock", "--ignore-scripts=false"];
  const fetched = npm([...install, `node@${FETCHED}`], staging);
  if (fetched && !existsSync(join(staging, binary)) && npm([...install, `${platformPackage}@${FETCHED}`], staging)) {
    mkdirSync(dirname(join(staging, binary)), { recursive: true });
    renameSync(join(staging, "node_modules", platformPackage, "bin", "node"), join(staging, binary));
  }
  if (!runs(join(staging, binary))) {
    rmSync(staging, { recursive: true, force: true });
    throw new BootstrapError(
      `Node ${process.version} is too old, and a Node ${FETCHED} that runs here could not be fetched`,
      `check that npm reaches its registry (npm ping), or install Node ${FETCHED} yourself`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
}
