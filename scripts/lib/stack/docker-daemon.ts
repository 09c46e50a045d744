import { lastLines, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";

/**
 * Asks whether the docker command and its daemon answer, before anything of a stack is made.
 * @throws {LandfallError} machine
 */
export async function requireDocker(): Promise<void> {
  const asked = await run("docker", ["version", "--format", "{{.Server.Version}}"], { timeoutMs: 30_000 });
  if (asked.code === 0) return;
  if (asked.code === 127) {
    throw new LandfallError("machine", "there is no docker command on this machine", "install Docker, and start it");
  }
  if (/permission denied/i.test(asked.stderr)) {
    throw new LandfallError(
      "machine",
      "this account may not speak to the Docker daemon",
      "add it to the group docker, and log in again",
    );
  }
  throw new LandfallError(
    "machine",
    `no Docker daemon answers: ${lastLines(asked, 1)}`,
    "start it (systemctl start docker, or Docker Desktop), or name another in DOCKER_HOST",
  );
}
