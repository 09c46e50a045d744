import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "../../../machine/programs.ts";
import { lastLines, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import { projectRoot, stateFolder } from "../paths.ts";

/** The engines, in the order in which they are tried; "auto" takes the first that can be had. */
export const engineNames = ["auto", "pulumi", "npm", "embedded"] as const;
export type EngineName = (typeof engineNames)[number];

/** How the Pulumi program is run here. Every engine takes the same arguments. */
export interface Engine {
  name: Exclude<EngineName, "auto">;
  command: string[];
  /** One line for the user: which engine, and why this one. */
  why: string;
}

const launcher = join(projectRoot, "node_modules", "pulumi", "run.js");
const downloadHost = "https://get.pulumi.com";

/**
 * Chooses the engine: `pulumi` on PATH, else the official npm launcher if its binary is cached or can be downloaded, else
 * the embedded engine.
 * @throws {LandfallError} where the one that is asked for by name cannot be had
 */
export async function chooseEngine(wanted: EngineName): Promise<Engine> {
  if (wanted === "embedded") return embedded("asked for by name");
  // npm puts the launcher's link on PATH: that is not an installed Pulumi.
  const found = findProgram(["pulumi"], (path) => realpathSync(path) !== realpathSync(launcher));
  if (wanted !== "npm" && found) return onPath(found);
  if (wanted === "pulumi") {
    throw new LandfallError("machine", "there is no pulumi on PATH", "install the Pulumi CLI, or leave --engine away");
  }
  const cached = cachedBinary();
  if (cached) return { name: "npm", command: [cached], why: `Pulumi ${launcherVersion()} of the npm launcher` };
  if (await isReachable(wanted)) return download();
  if (wanted === "npm") {
    throw new LandfallError(
      "machine",
      `the npm launcher cannot reach its download (${downloadHost})`,
      "leave --engine away: the embedded engine needs no download",
    );
  }
  return embedded("no pulumi on PATH, and the npm launcher cannot reach its download");
}

function embedded(why: string): Engine {
  return {
    name: "embedded",
    command: [process.execPath, join(projectRoot, "engine", "main.ts")],
    why: `embedded engine: ${why}`,
  };
}

async function onPath(path: string): Promise<Engine> {
  const version = await run(path, ["version"], { timeoutMs: 20_000 });
  if (version.code !== 0) {
    throw new LandfallError(
      "machine",
      `${path} does not run: ${lastLines(version)}`,
      "mend it, or pass --engine embedded",
    );
  }
  return { name: "pulumi", command: [path], why: `Pulumi ${version.stdout.trim() || "CLI"} on PATH (${path})` };
}

const launcherVersion = (): string =>
  process.env.PULUMI_VERSION ??
  (createRequire(import.meta.url)(join(dirname(launcher), "package.json")) as { version: string }).version;

/** Where the launcher, and Pulumi's Automation API, keep what they have downloaded. */
function cachedBinary(): string | undefined {
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const binary = join(home, "versions", launcherVersion(), "bin", "pulumi");
  return existsSync(binary) ? binary : undefined;
}

const memory = join(stateFolder, "download-unreachable");
const forgetAfterMs = 24 * 3600 * 1000;

/** Asks the network once a day: without one, every verb would wait for the answer. */
async function isReachable(wanted: EngineName): Promise<boolean> {
  const asked = existsSync(memory) ? Number(readFileSync(memory, "utf8")) : 0;
  if (wanted === "auto" && Date.now() - asked < forgetAfterMs) return false;
  const answer = await fetch(`${downloadHost}/install.sh`, { method: "HEAD", signal: AbortSignal.timeout(3000) }).catch(
    () => null,
  );
  if (answer?.ok) return true;
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(memory, String(Date.now()));
  return false;
}

async function download(): Promise<Engine> {
  const result = await run(process.execPath, [launcher, "version"], { timeoutMs: 300_000 });
  const cached = cachedBinary();
  if (result.code !== 0 || !cached)
    return embedded(`the npm launcher could not download Pulumi (${lastLines(result, 1)})`);
  return { name: "npm", command: [cached], why: `Pulumi ${launcherVersion()}, downloaded by the npm launcher` };
}
