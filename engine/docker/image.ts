import type { ImageInspectInfo } from "dockerode";
import type { PropertyMap } from "../values.ts";
import { buildImage, pullImage } from "./build.ts";
import { ask, askFor, type Daemon } from "./daemon.ts";
import { flag, map, object, text, texts, whole } from "./fields.ts";
import { flagOf, objectOf, textOf } from "./inputs.ts";
import type { Made, ResourceKind } from "./kind.ts";

/** docker:index/remoteImage:RemoteImage: an image that is pulled or, with `build`, built. */
export const remoteImage: ResourceKind = {
  fields: {
    build: object({
      buildArgs: map({ replaces: true }),
      cacheFroms: texts({ replaces: true }),
      context: text({ required: true, replaces: true }),
      dockerfile: text({ replaces: true, otherwise: "Dockerfile" }),
      extraHosts: texts({ replaces: true }),
      forceRemove: flag({ replaces: true }),
      label: map(),
      labels: map({ replaces: true }),
      memory: whole({ replaces: true }),
      networkMode: text({ replaces: true }),
      noCache: flag({ replaces: true }),
      platform: text({ replaces: true }),
      pullParent: flag({ replaces: true }),
      remove: flag({ otherwise: true }),
      shmSize: whole({ replaces: true }),
      tags: texts(),
      target: text({ replaces: true }),
      // The real provider may also use buildx; this one always has the daemon's own builder.
      useLegacyBuilder: flag({ replaces: true, otherwise: false }),
    }),
    forceRemove: flag(),
    keepLocally: flag(),
    name: text({ required: true, replaces: true }),
    platform: text({ replaces: true, otherwise: "" }),
    pullTriggers: texts({ replaces: true, set: true }),
    triggers: map({ replaces: true }),
  },
  notServed: [],
  computed: ["imageId", "repoDigest"],
  autoName: false,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}}',
  deleteFirst: false,

  async create(daemon, inputs) {
    const name = String(inputs.name);
    if (inputs.build) await buildImage(daemon, name, objectOf(inputs.build));
    else if (!(await inspect(daemon, name))) await pullImage(daemon, name, textOf(inputs.platform) ?? "");
    return found(daemon, inputs);
  },

  async read(daemon, _, known) {
    const info = await inspect(daemon, String(known.name));
    return info ? made(info, known) : null;
  },

  update: async (daemon, _, __, news) => (await found(daemon, news)).outputs,

  async delete(daemon, _, outputs) {
    if (flagOf(outputs.keepLocally)) return;
    const name = String(outputs.name);
    await askFor(`remove the image ${name}`, daemon.getImage(name).remove({ force: flagOf(outputs.forceRemove) }));
  },
};

const inspect = (daemon: Daemon, name: string) => askFor(`look at the image ${name}`, daemon.getImage(name).inspect());

async function found(daemon: Daemon, inputs: PropertyMap): Promise<Made> {
  const name = String(inputs.name);
  return made(await ask(`look at the image ${name}`, daemon.getImage(name).inspect()), inputs);
}

function made(info: ImageInspectInfo, inputs: PropertyMap): Made {
  const name = String(inputs.name);
  const repository = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const digests = info.RepoDigests ?? [];
  const repoDigest = digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
  // The real provider's id is both in one.
  return { id: `${info.Id}${name}`, outputs: { ...inputs, imageId: info.Id, repoDigest } };
}
