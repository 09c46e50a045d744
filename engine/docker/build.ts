import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { ImageBuildOptions } from "dockerode";
import type { PropertyMap } from "../values.ts";
import { packContext } from "./context.ts";
import { ask, type Daemon } from "./daemon.ts";
import { flagOf, mapOf, numberOf, textOf, textsOf } from "./inputs.ts";

/**
 * Builds an image by the daemon's own builder from a folder.
 * @param name the image's name with its tag
 * @throws {Error} with the last lines that the build said
 */
export async function buildImage(daemon: Daemon, name: string, build: PropertyMap): Promise<void> {
  const { context, dockerfile } = placesOf(build);
  const options: ImageBuildOptions = {
    t: name,
    dockerfile,
    buildargs: mapOf(build.buildArgs),
    labels: mapOf(build.labels ?? build.label),
    rm: build.remove !== false,
    forcerm: flagOf(build.forceRemove),
    nocache: flagOf(build.noCache),
    pull: flagOf(build.pullParent),
    ...(textOf(build.target) ? { target: String(build.target) } : {}),
    ...(textOf(build.networkMode) ? { networkmode: String(build.networkMode) } : {}),
    ...(textOf(build.platform) ? { platform: String(build.platform) } : {}),
    ...(numberOf(build.memory) ? { memory: Number(build.memory) } : {}),
    ...(numberOf(build.shmSize) ? { shmsize: Number(build.shmSize) } : {}),
    ...(textsOf(build.extraHosts).length > 0 ? { extrahosts: textsOf(build.extraHosts).join(",") } : {}),
    ...(textsOf(build.cacheFroms).length > 0 ? { cachefrom: JSON.stringify(textsOf(build.cacheFroms)) } : {}),
  };
  await followed(daemon, `build the image ${name}`, daemon.buildImage(packContext(context, dockerfile), options));
  for (const tag of textsOf(build.tags)) {
    const { repository, tag: version } = splitName(tag);
    await ask(`tag ${name} as ${tag}`, daemon.getImage(name).tag({ repo: repository, tag: version }));
  }
}

/** Pulls an image from its registry. */
export async function pullImage(daemon: Daemon, name: string, platform: string): Promise<void> {
  const options = platform ? { platform } : {};
  await followed(daemon, `pull the image ${name}`, daemon.pull(name, options));
}

/** The name without its tag, and the tag; a colon before a slash is a port's. */
function splitName(name: string): { repository: string; tag: string } {
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: name, tag: "latest" }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

function placesOf(build: PropertyMap): { context: string; dockerfile: string } {
  const given = String(build.context);
  const context = resolve(given.startsWith("~/") ? join(homedir(), given.slice(2)) : given);
  if (!existsSync(context) || !statSync(context).isDirectory())
    throw new Error(`the build context ${context} is no folder\nTry: name one in build.context`);
  const file = textOf(build.dockerfile) ?? "Dockerfile";
  const dockerfile = isAbsolute(file) ? relative(context, file) : file;
  if (dockerfile.startsWith(".."))
    throw new Error(`the Dockerfile ${file} is outside of its context ${context}\nTry: put it inside`);
  if (!existsSync(join(context, dockerfile)))
    throw new Error(`there is no ${dockerfile} in the build context ${context}\nTry: name it in build.dockerfile`);
  return { context, dockerfile };
}

interface Progress {
  stream?: string;
  status?: string;
  error?: string;
}

const keptLines = 12;

/** Reads the daemon's progress to its end: an error may be the last thing it says, after a good start. */
async function followed(daemon: Daemon, what: string, started: Promise<NodeJS.ReadableStream>): Promise<void> {
  const stream = await ask(what, started);
  const said: string[] = [];
  await ask(
    what,
    new Promise<void>((done, failed) => {
      daemon.modem.followProgress(
        stream,
        (error, events: Progress[] | null) => {
          const refused = error?.message ?? events?.findLast((event) => event.error)?.error;
          if (refused === undefined) return done();
          failed(new Error([...said.slice(-keptLines), refused.trim()].join("\n")));
        },
        ({ stream: line }: Progress) => {
          if (line?.trim()) said.push(line.trimEnd());
        },
      );
    }),
  );
}
