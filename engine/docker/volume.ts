import { setTimeout as sleep } from "node:timers/promises";
import { ask, askFor, type Daemon, statusOf } from "./daemon.ts";
import { labels, map, text } from "./fields.ts";
import { labelPairs, labelsOf, mapOf, textOf } from "./inputs.ts";
import type { Made, ResourceKind } from "./kind.ts";

const removalTimeoutMs = 30_000;

/** docker:index/volume:Volume */
export const volume: ResourceKind = {
  fields: {
    driver: text({ replaces: true, computed: true }),
    driverOpts: map({ replaces: true }),
    labels: labels({ replaces: true }),
    name: text({ replaces: true, computed: true }),
  },
  notServed: ["cluster"],
  computed: ["driver", "mountpoint"],
  autoName: true,
  meta: '{"schema_version":"1"}',
  deleteFirst: false,

  /** Docker gives back the volume of that name where there is one, with what is in it. */
  async create(daemon, inputs) {
    const name = String(inputs.name);
    const options = {
      Name: name,
      Labels: labelsOf(inputs.labels),
      DriverOpts: mapOf(inputs.driverOpts),
      ...(textOf(inputs.driver) ? { Driver: String(inputs.driver) } : {}),
    };
    await ask(`make the volume ${name}`, daemon.createVolume(options));
    return (await read(daemon, name)) ?? { id: name, outputs: inputs };
  },

  read,

  // Every field of a volume takes a new one.
  update: async (_, __, ___, news) => news,

  async delete(daemon, id) {
    const until = Date.now() + removalTimeoutMs;
    for (;;) {
      try {
        await askFor(`remove the volume ${id}`, daemon.getVolume(id).remove({ force: true }));
        return;
      } catch (error) {
        // In use by a container that is just going away.
        if (statusOf(error) !== 409 || Date.now() > until) throw error;
        await sleep(250);
      }
    }
  },
};

async function read(daemon: Daemon, id: string): Promise<Made | null> {
  const info = await askFor(`look at the volume ${id}`, daemon.getVolume(id).inspect());
  if (!info) return null;
  const outputs = {
    driver: info.Driver,
    driverOpts: info.Options ?? null,
    labels: labelPairs(info.Labels),
    mountpoint: info.Mountpoint,
    name: info.Name,
  };
  return { id: info.Name, outputs };
}
