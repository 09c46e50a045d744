// Finds or fetches a Node that can run Landfall. Plain JavaScript without dependencies: it must run on any Node from 18 on,
// before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Type stripping without a flag, `node:sqlite` with its backup function, and require() of ES modules are all there from here on. */
const FLOOR = { major: 22, minor: 18 };
const FETCHED = "24";
const floorText = `${FLOOR.major}.${FLOOR.minor}`;

/** @param {string} version such as "v20.20.2" */
export function isRecentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor);
}

/** Where the fetched Node lives: inside the project, so that nothing global changes. */
export function fetchedNode() {
  return join(projectRoot, ".landfall", "node", "node_modules", "node", "bin", "node");
}

/** @param {string} path */
function runs(path) {
  if (!existsSync(path)) return false;
  const result = spawnSync(path, ["--version"], { encoding: "utf8" });
  return result.status === 0 && isRecentEnough(result.stdout.trim());
}

/**
 * Returns the path of a Node that is recent enough: this one, else the one fetched before, else one fetched now.
 * @returns {string}
 */
export function ensureNode() {
  if (isRecentEnough(process.version)) return process.execPath;
  if (runs(fetchedNode())) return fetchedNode();
  process.stderr.write(
    `Node ${process.version} is older than ${floorText}: fetching Node ${FETCHED} into .landfall/node\n`,
  );
  fetchNode();
  if (runs(fetchedNode())) return fetchedNode();
  throw new BootstrapError(
    `no Node of at least ${floorText} could be had: the npm package "node" gave none that runs on this machine`,
    `install Node ${FETCHED} yourself and run the command again`,
  );
}

function fetchNode() {
  const final = join(projectRoot, ".landfall", "node");
  const staging = `${final}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(staging, "package.json"), '{ "private": true }\n');
  // The folder has no .npmrc, so the project's ignore-scripts does not hold here: the package's own script places the binary.
  // Where a stricter npm skips that script all the same, the platform's package brings the binary without one.
  const platformPackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  if (!npmInstall(staging, `node@${FETCHED}`)) {
    rmSync(staging, { recursive: true, force: true });
    throw new BootstrapError(
      `Node ${process.version} is too old and Node ${FETCHED} could not be fetched`,
      "check that npm reaches its registry (npm ping), or install Node 24 yourself",
    );
  }
  const binary = join(staging, "node_modules", "node", "bin", "node");
  if (!existsSync(binary) && npmInstall(staging, `${platformPackage}@${FETCHED}`)) {
    mkdirSync(dirname(binary), { recursive: true });
    renameSync(join(staging, "node_modules", platformPackage, "bin", "node"), binary);
  }
  // Two bootstraps may run at once: whoever renames first wins, and the other's copy goes away.
  try {
    rmSync(runs(fetchedNode()) ? staging : final, { recursive: true, force: true });
    if (existsSync(staging)) renameSync(staging, final);
  } catch {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} spec */
function npmInstall(folder, spec) {
  const args = [
    "install",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--ignore-scripts=false",
    "--loglevel=error",
    spec,
  ];
  return spawnSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2], env: npmEnvironment() }).status === 0;
}

/** npm hands its settings down to its children; a nested npm that sees them would install into the outer project. */
export function npmEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|config_ignore_scripts|package_|lifecycle_)/i.test(key),
  );
  return Object.fromEntries(kept);
}

/** An error that a person can act on; printed as one "Error:" and one "Try:" line. */
export class BootstrapError extends Error {
  /** @param {string} message @param {string} hint */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}
