import { setTimeout as sleep } from "node:timers/promises";
import { type Place, runAt } from "../../machine/place.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines, run } from "../../machine/run.ts";
import { compare, type Provider } from "./provider.ts";

interface ContainerProcessInputs {
  container: string;
  /** Another container has read everything at its start. */
  containerId: string;
  /** Hash of what the process reads only when it starts: another value restarts the container. */
  restartKey: string;
  /** Hash of what it reads again on SIGHUP: another value reloads it. */
  reloadKey: string;
  /** For a process that says itself whether a reload was enough; run inside the container. */
  afterReload: { loaded: string[]; pending: string[] } | null;
}

const reloadTimeoutMs = 10_000;
const restartTimeoutMs = 180_000;

/**
 * Brings changed configuration to the process of a container, by a reload or, where that is not enough, a restart; and has a
 * container that was stopped run again, which Docker itself would not.
 */
export const provider: Provider<ContainerProcessInputs, ContainerProcessInputs> = {
  create: async (inputs) => ({ id: inputs.container, outputs: inputs }),
  async diff(_, olds, news) {
    const difference = compare<ContainerProcessInputs>(olds, news, ["container"]);
    return { ...difference, changes: difference.changes || (await isStopped(olds)) };
  },
  async update(_, olds, news) {
    if (olds.containerId !== news.containerId) return news;
    // What starts reads everything.
    if (await isStopped(news)) await bringUp("start", news);
    else if (olds.restartKey !== news.restartKey) await restart(news);
    else if (olds.reloadKey !== news.reloadKey && (await reload(news))) await restart(news);
    return news;
  },
  delete: async () => {},
};

/** @returns whether a restart is needed all the same */
async function reload({ container, afterReload }: ContainerProcessInputs): Promise<boolean> {
  const place: Place = { how: "container", container };
  const answer = async ([program = "", ...args]: string[]) => (await runAt(place, program, args)).stdout.trim();
  const before = afterReload ? await answer(afterReload.loaded) : "";
  // Not docker kill: Docker would take that for the user's wish to stop, and not restart the container after a crash
  // (moby: HasBeenManuallyStopped). Its init passes the signal on.
  await docker(container, ["exec", container, "sh", "-c", "kill -HUP 1"]);
  if (!afterReload) return false;
  for (let waited = 0; waited < reloadTimeoutMs; waited += 200) {
    if ((await answer(afterReload.loaded)) !== before) return (await answer(afterReload.pending)) !== "";
    await sleep(200);
  }
  return true;
}

/** One that is not there, or of which the daemon says nothing, is the container's own matter. */
async function isStopped({ container }: ContainerProcessInputs): Promise<boolean> {
  const result = await run("docker", ["inspect", "--format", "{{.State.Running}}", container], { timeoutMs: 30_000 });
  return result.code === 0 && result.stdout.trim() === "false";
}

const restart = (inputs: ContainerProcessInputs) => bringUp("restart", inputs);

async function bringUp(how: "start" | "restart", { container }: ContainerProcessInputs): Promise<void> {
  await docker(container, how === "restart" ? ["restart", "-t", "60", container] : ["start", container]);
  const format = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}";
  for (let waited = 0; waited < restartTimeoutMs; waited += 500) {
    const state = await docker(container, ["inspect", "--format", format, container]);
    if (state === "healthy" || state === "running") return;
    await sleep(500);
  }
  throw new MachineProblem(`the container ${container} is not healthy after its ${how}`, `docker logs ${container}`);
}

async function docker(container: string, args: string[]): Promise<string> {
  const result = await run("docker", args, { timeoutMs: restartTimeoutMs });
  if (result.code === 0) return result.stdout.trim();
  throw new MachineProblem(
    `docker ${args[0]} ${container} failed: ${lastLines(result)}`,
    "docker ps -a, and mend what it names",
  );
}
