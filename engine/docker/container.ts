import { PartialFailure } from "../provider.ts";
import { equal, type PropertyMap } from "../values.ts";
import { pullImage } from "./build.ts";
import { containerFields, containerNotServed } from "./container-fields.ts";
import { uploadFiles } from "./container-files.ts";
import { createOptions, limits, restartPolicy, urnLabel } from "./container-options.ts";
import { containerOutputs } from "./container-outputs.ts";
import { joinNetworks, start } from "./container-start.ts";
import { ask, askFor, type Daemon, statusOf } from "./daemon.ts";
import { numberOf } from "./inputs.ts";
import type { Made, ResourceKind } from "./kind.ts";

/** docker:index/container:Container */
export const container: ResourceKind = {
  fields: containerFields,
  notServed: containerNotServed,
  computed: [
    "bridge",
    "command",
    "containerLogs",
    "entrypoints",
    "exitCode",
    "hostname",
    "ipcMode",
    "logDriver",
    "networkDatas",
    "runtime",
    "securityOpts",
    "shmSize",
    "stopSignal",
    "stopTimeout",
  ],
  autoName: true,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}',
  deleteFirst: true,

  async create(daemon, inputs, urn) {
    const image = String(inputs.image);
    const present = await askFor(`look at the image ${image}`, daemon.getImage(image).inspect());
    if (!present) await pullImage(daemon, image, "");
    const id = await make(daemon, inputs, urn);
    try {
      await joinNetworks(daemon, id, inputs);
      await uploadFiles(daemon, id, inputs);
      await start(daemon, id, inputs);
    } catch (error) {
      // It is there: it has to be noted, so that it is removed or mended later.
      const { message } = error as Error;
      const outputs = (await read(daemon, id, inputs).catch(() => null))?.outputs ?? inputs;
      throw new PartialFailure(message, id, outputs, [message]);
    }
    return (await read(daemon, id, inputs)) ?? gone(inputs);
  },

  read,

  async update(daemon, id, olds, news) {
    const handle = daemon.getContainer(id);
    const changed = { ...limits(news), RestartPolicy: restartPolicy(news) };
    const before = { ...limits(olds), RestartPolicy: restartPolicy(olds) };
    if (!equal(changed, before)) await ask(`change the limits of the container ${news.name}`, handle.update(changed));
    const { State: state } = await ask(`look at the container ${news.name}`, handle.inspect());
    // A container that did not come up when it was made, or was stopped since.
    if (news.mustRun !== false && !state.Running) await start(daemon, id, news);
    return (await read(daemon, id, news))?.outputs ?? gone(news).outputs;
  },

  async delete(daemon, id, outputs) {
    const handle = daemon.getContainer(id);
    const what = `remove the container ${outputs.name ?? id}`;
    const grace = numberOf(outputs.destroyGraceSeconds) ?? 0;
    await askFor(what, handle.stop({ t: grace }).catch(unless(304)));
    await askFor(what, handle.remove({ v: outputs.removeVolumes !== false, force: true }).catch(unless(409)));
    // Removal may be under way already (--rm): its name and its volumes are free only once it is over.
    await handle.wait({ condition: "removed" }).catch(() => {});
  },
};

async function make(daemon: Daemon, inputs: PropertyMap, urn: string): Promise<string> {
  const what = `make the container ${inputs.name}`;
  const options = createOptions(inputs, urn);
  try {
    return (await ask(what, daemon.createContainer(options))).id;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    // Left by a run of this very resource that was ended before it could note it.
    const left = daemon.getContainer(String(inputs.name));
    const info = await askFor(what, left.inspect());
    if (info?.Config.Labels?.[urnLabel] !== urn) throw error;
    await askFor(what, left.remove({ force: true, v: true }));
    return (await ask(what, daemon.createContainer(options))).id;
  }
}

async function read(daemon: Daemon, id: string, known: PropertyMap): Promise<Made | null> {
  const info = await askFor(`look at the container ${id}`, daemon.getContainer(id).inspect());
  return info ? { id: info.Id, outputs: containerOutputs(info, known) } : null;
}

function gone(inputs: PropertyMap): Made {
  throw new Error(
    `the container ${inputs.name} went away as soon as it was there\nTry: docker events, and look who removed it`,
  );
}

/** Lets an answer with that status pass: the thing asked for is so already. */
const unless = (status: number) => (error: unknown) => {
  if (statusOf(error) !== status) throw error;
};
