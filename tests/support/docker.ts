import { spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "../../machine/packages.ts";
import { findProgram } from "../../machine/programs.ts";
import { lastLines, run } from "../../machine/run.ts";

/** The image that stands in for Debian's official one where no registry can be reached. */
export const testBase = "landfall-test-base:trixie";
const officialBase = "debian:trixie-slim";
const isRoot = process.getuid?.() === 0;

/** As in the official slim image: no waiting for the disk, no manuals. */
const slim = [
  "force-unsafe-io",
  "path-exclude /usr/share/doc/*",
  "path-exclude /usr/share/man/*",
  "path-exclude /usr/share/locale/*",
  "",
].join("\n");

export interface DockerForTests {
  /** Why Docker cannot be had; false where it can. */
  skip: string | false;
  /** Ends the daemon if it was started here. */
  stop: () => Promise<void>;
}

/**
 * Makes a Docker daemon and a Debian 13 base image available: those at hand, else installed and started, the image built
 * with debootstrap, where this user may. That is for tests only; a user's machine has Docker and a registry.
 */
export async function dockerForTests(): Promise<DockerForTests> {
  const nothing = async () => {};
  let stop = nothing;
  try {
    if (!(await answers())) stop = await startDaemon();
    await provideBase();
    return { skip: false, stop };
  } catch (error) {
    await stop();
    return { skip: `no Docker here: ${(error as Error).message}`, stop: nothing };
  }
}

const answers = async () =>
  findProgram(["docker"]) !== undefined && (await run("docker", ["info"], { timeoutMs: 20_000 })).code === 0;

async function startDaemon(): Promise<() => Promise<void>> {
  if (!isRoot || process.platform !== "linux")
    throw new Error("no daemon answers, and only root on Linux could start one");
  if (!findProgram(["dockerd"]))
    await installPackages(["docker.io", "iptables"], { interactive: false, say: console.log });
  const log = openSync(join(tmpdir(), "landfall-dockerd.log"), "a");
  const daemon = spawn("dockerd", [], { stdio: ["ignore", log, log], detached: true });
  const ended = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  const stop = async () => {
    daemon.kill("SIGTERM");
    await Promise.race([ended, sleep(30_000)]);
  };
  for (let tries = 0; tries < 60; tries++) {
    if (await answers()) {
      daemon.unref();
      return stop;
    }
    if (daemon.exitCode !== null) break;
    await sleep(500);
  }
  await stop();
  throw new Error("dockerd was started and does not answer (see its log in the system's folder for temporary files)");
}

async function provideBase(): Promise<void> {
  if ((await run("docker", ["image", "inspect", testBase])).code === 0) return;
  if ((await run("docker", ["pull", "--quiet", officialBase], { timeoutMs: 60_000 })).code === 0) {
    await must("docker", ["tag", officialBase, testBase]);
    return;
  }
  if (!isRoot) throw new Error(`${officialBase} cannot be pulled, and only root can build a base with debootstrap`);
  if (!findProgram(["debootstrap"])) await installPackages(["debootstrap"], { interactive: false, say: console.log });
  const folder = mkdtempSync(join(tmpdir(), "landfall-base-"));
  try {
    await must("debootstrap", ["--variant=minbase", "trixie", join(folder, "root")]);
    writeFileSync(join(folder, "root", "etc", "dpkg", "dpkg.cfg.d", "slim"), slim);
    await must("sh", ["-c", 'tar -C "$0" -c . | docker import - "$1"', join(folder, "root"), testBase]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function must(program: string, args: string[]): Promise<void> {
  const result = await run(program, args, { timeoutMs: 600_000 });
  if (result.code !== 0) throw new Error(`${program} failed: ${lastLines(result)}`);
}

/**
 * Keeps the layers of a stack's images under names of the tests, so that building them again, in this run or the next one on
 * this machine, takes no time: a layer is gone with the last image that has it.
 * @param prefix what the images' names begin with, as `landfall-docker-`
 */
export async function keepLayers(prefix: string): Promise<void> {
  const { stdout } = await run("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
  for (const name of stdout.split("\n").filter((line) => line.startsWith(prefix))) {
    const part = name.slice(prefix.length).replace(/:.*$/, "");
    await nameAnew(`landfall-test-layers:${part}`, (tag) => must("docker", ["tag", name, tag]));
  }
}

/** Gives a name to another image, and removes the one that had it where nothing needs that: it would lie about without a name. */
async function nameAnew(name: string, work: (name: string) => Promise<void>): Promise<void> {
  const idOf = async () => (await run("docker", ["image", "inspect", "--format", "{{.Id}}", name])).stdout.trim();
  const before = await idOf();
  await work(name);
  // Not forced: one that a container or another image is made from stays.
  if (before && before !== (await idOf())) await run("docker", ["image", "rm", before]);
}

/**
 * An image that stands in for Grafana's official one where no registry can be reached: it answers on Grafana's port, as
 * Grafana's own user. What a stack puts into the container can be looked at; that Grafana understands it cannot.
 */
export async function standInForGrafana(): Promise<string> {
  const name = "landfall-test-grafana:1";
  const server =
    'my $s = IO::Socket::INET->new(LocalPort => 3000, Listen => 5, ReuseAddr => 1); while (my $c = $s->accept) { print $c "HTTP/1.0 200 OK\\r\\n\\r\\n"; close $c }';
  const command = JSON.stringify(["perl", "-MIO::Socket::INET", "-e", server]);
  const { stdout } = await run("docker", ["create", testBase, "true"]);
  const changes = ["--change", "USER 472", "--change", `CMD ${command}`];
  await nameAnew(name, () => must("docker", ["commit", ...changes, stdout.trim(), name]));
  await must("docker", ["rm", stdout.trim()]);
  return name;
}
