import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { choosePorts } from "../../machine/ports.ts";
import { run } from "../../machine/run.ts";

/** A stand-in for AWS's API, of this test's own. */
export interface Moto {
  endpoint: string;
  stop: () => Promise<void>;
}

const folder = join(import.meta.dirname, "../../.landfall/moto");
const packages = "moto[rds,server]>=5.2,<6";

interface Python {
  program: string;
  env: NodeJS.ProcessEnv;
}

/** Installs it once into .landfall/moto. @returns how to run it, or why it cannot be had */
export async function installMoto(): Promise<Python | string> {
  const [venv, target] = [join(folder, "venv"), join(folder, "packages")];
  const inVenv: Python = { program: join(venv, "bin/python"), env: {} };
  const inTarget: Python = { program: "python3", env: { PYTHONPATH: target } };
  const done = (how: string) => join(folder, `installed-${how}`);
  if (existsSync(done("venv"))) return inVenv;
  if (existsSync(done("target"))) return inTarget;
  mkdirSync(folder, { recursive: true });
  if ((await run("python3", ["--version"])).code !== 0) return "python3 is not on this machine";
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const patience = { timeoutMs: 300_000 };
  if ((await run("python3", ["-m", "venv", venv], patience)).code === 0) {
    const result = await run(inVenv.program, [...pip, packages], patience);
    if (result.code !== 0) return `moto cannot be installed: ${result.stderr.trim().split("\n").at(-1)}`;
    writeFileSync(done("venv"), "");
    return inVenv;
  }
  // Debian has venv in a package of its own.
  rmSync(venv, { recursive: true, force: true });
  const result = await run("python3", [...pip, "--target", target, packages], patience);
  if (result.code !== 0) return `moto cannot be installed: ${result.stderr.trim().split("\n").at(-1)}`;
  writeFileSync(done("target"), "");
  return inTarget;
}

/** Starts it on a free loopback port, and waits until it answers. */
export async function startMoto({ program, env }: Python): Promise<Moto> {
  const { moto: port = 0 } = await choosePorts({ moto: 26_000 + Math.floor(Math.random() * 2000) });
  const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (text: Buffer) => {
    said = `${said}${text}`.slice(-2000);
  });
  // Also where the test dies without its hooks.
  process.on("exit", () => child.kill("SIGKILL"));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error(`moto ended: ${said}`);
    const up = await fetch(`${endpoint}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return { endpoint, stop: () => stop(child) };
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error(`moto does not answer: ${said}`);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== null || !child.kill("SIGTERM")) return;
  await ended;
}
