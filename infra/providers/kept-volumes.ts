import { setTimeout as sleep } from "node:timers/promises";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines, run } from "../../machine/run.ts";
import { compare, keepsData, type Provider } from "./provider.ts";

interface KeptVolumesInputs {
  /** Docker volumes that hold data. Their own resources are retained on delete; this one removes them, or does not. */
  volumes: string[];
}

const removalTimeoutMs = 30_000;

/**
 * Removes the volumes that hold data when the stack goes away, unless `down --keep-data` says to leave them. A volume's own
 * resource could not tell the two apart: its delete knows no such choice.
 */
export const provider: Provider<KeptVolumesInputs, KeptVolumesInputs> = {
  create: async (inputs) => ({ id: inputs.volumes.join(","), outputs: inputs }),
  diff: async (_, olds, news) => compare<KeptVolumesInputs>(olds, news),
  update: async (_, __, news) => news,
  async delete(_, { volumes }) {
    if (keepsData()) return;
    for (const volume of volumes) await remove(volume);
  },
};

async function remove(volume: string): Promise<void> {
  for (let waited = 0; ; waited += 250) {
    // --force: one that is gone already is no error.
    const result = await run("docker", ["volume", "rm", "--force", volume]);
    if (result.code === 0) return;
    if (!/in use/.test(result.stderr) || waited >= removalTimeoutMs) {
      throw new MachineProblem(
        `the volume ${volume} could not be removed: ${lastLines(result)}`,
        `docker ps -a --filter volume=${volume}, and remove what uses it`,
      );
    }
    await sleep(250);
  }
}
