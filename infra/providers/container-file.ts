import { createHash } from "node:crypto";
import { posix } from "node:path";
import { runAt } from "../../machine/place.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines, type RunResult } from "../../machine/run.ts";
import { compare, type Provider } from "./provider.ts";

interface ContainerFileInputs {
  /** A container that has the file's volume mounted for writing. */
  container: string;
  /** Changes when the container is another one: the volume may then be empty. */
  containerId: string;
  path: string;
  content: string;
}

interface ContainerFileOutputs extends ContainerFileInputs {
  /** SHA-256 of the content: what a process that reads the file is reloaded by. */
  hash: string;
}

const hashOf = (content: string) => createHash("sha256").update(content).digest("hex");

/**
 * One configuration file in a volume, readable by the containers' user only. Not an upload of the container itself: that
 * could change only by making the container anew, and most settings take no more than a reload.
 */
export const provider: Provider<ContainerFileInputs, ContainerFileOutputs> = {
  async create(inputs) {
    listings.delete(folderOf(inputs));
    const script = 'umask 077 && cat > "$0.new" && mv "$0.new" "$0"';
    mustSucceed(inputs, await shell(inputs, script, inputs.content));
    return { id: inputs.path, outputs: { ...inputs, hash: hashOf(inputs.content) } };
  },
  async diff(_, olds, news) {
    const { changes, replaces } = compare<ContainerFileInputs>(olds, news, ["path"]);
    return { changes: changes || (await isGone(olds)), replaces, deleteBeforeReplace: false };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  read: async (_, outputs) => ((await isGone(outputs)) ? null : outputs),
  async delete(_, outputs) {
    listings.delete(folderOf(outputs));
    // The volume may be gone already, and the file with it.
    await shell(outputs, 'rm -f "$0"');
  },
};

const shell = ({ container, path }: ContainerFileInputs, script: string, input = "") =>
  runAt({ how: "container", container }, "sh", ["-c", script, path], { input, timeoutMs: 30_000 });

/** What is in a folder of a container, asked once a run: a stack has dozens of files, and each exec takes a while. */
const listings = new Map<string, Promise<RunResult>>();

const folderOf = ({ container, path }: ContainerFileInputs) => `${container}:${posix.dirname(path)}`;

/** Only where the container runs and says so: one that does not run says nothing about the file. */
async function isGone(inputs: ContainerFileInputs): Promise<boolean> {
  const known = listings.get(folderOf(inputs));
  const listing = known ?? shell(inputs, 'ls -A "$(dirname "$0")"');
  listings.set(folderOf(inputs), listing);
  const { code, stdout } = await listing;
  return code === 0 && !stdout.split("\n").includes(posix.basename(inputs.path));
}

function mustSucceed({ container, path }: ContainerFileInputs, result: RunResult): void {
  if (result.code === 0) return;
  throw new MachineProblem(
    `${path} could not be written through the container ${container}: ${lastLines(result)}`,
    `docker ps -a, and docker logs ${container}`,
  );
}
