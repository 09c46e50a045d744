import { chownSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Place, runAt } from "../../machine/place.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines } from "../../machine/run.ts";
import { compare, keepsData, type Provider } from "./provider.ts";

interface StanzaInputs {
  pgbackrest: string;
  config: string;
  stanza: string;
  /** The repositories' folders: apart from the data, so that one mistake cannot take both. */
  repositories: string[];
  place: Place;
  /** Which cluster the stanza is for. */
  systemIdentifier: string;
  /** Hash of the configuration: another one is checked again. */
  configHash: string;
}

type StanzaOutputs = StanzaInputs;

/** A pgBackRest stanza: made, upgraded for a new cluster, and checked by archiving one WAL segment through it. */
export const provider: Provider<StanzaInputs, StanzaOutputs> = {
  async create(inputs) {
    makeFolders(inputs);
    // A repository that was kept knows an earlier cluster: an upgrade of the stanza tells it of this one.
    const made = await pgbackrest(inputs, ["stanza-create"]);
    if (made.code !== 0) await orThrow(inputs, ["stanza-upgrade"], lastLines(made));
    await orThrow(inputs, ["check"]);
    return { id: inputs.stanza, outputs: inputs };
  },
  async diff(_, stored, news) {
    const olds = ofToday(stored);
    const { changes, replaces } = compare<StanzaInputs>(olds, news, ["stanza", "repositories"]);
    return { changes: changes || isGone(olds), replaces };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  async delete(_, stored) {
    const outputs = ofToday(stored);
    // In a container the repository is a volume, which has a life of its own.
    if (outputs.place.how !== "local" || keepsData()) return;
    for (const repository of outputs.repositories) rmSync(repository, { recursive: true, force: true });
  },
};

/** Stacks of before second repositories have the one as a text: it is the same repository, and must not be replaced. */
function ofToday(stored: StanzaOutputs & { repository?: string }): StanzaOutputs {
  return stored.repository === undefined ? stored : { ...stored, repositories: [stored.repository] };
}

function makeFolders({ place, repositories }: StanzaInputs): void {
  if (place.how !== "local") return;
  for (const repository of repositories) {
    mkdirSync(repository, { recursive: true, mode: 0o750 });
    if (place.account) chownSync(repository, place.account.uid, place.account.gid);
  }
}

const isGone = ({ place, repositories, stanza }: StanzaInputs) =>
  place.how === "local" && repositories.some((repository) => !existsSync(join(repository, "backup", stanza)));

function pgbackrest(inputs: StanzaInputs, command: string[]) {
  const args = [`--config=${inputs.config}`, `--stanza=${inputs.stanza}`, "--log-level-console=warn", ...command];
  return runAt(inputs.place, inputs.pgbackrest, args, { timeoutMs: 180_000 });
}

async function orThrow(inputs: StanzaInputs, command: string[], before = ""): Promise<void> {
  const result = await pgbackrest(inputs, command);
  if (result.code === 0) return;
  throw new MachineProblem(
    `pgbackrest ${command[0]} failed: ${[before, lastLines(result)].filter(Boolean).join("; ")}`,
    `mend what it names and run this again; its configuration is ${inputs.config}`,
  );
}
