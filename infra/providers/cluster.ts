import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../../machine/account.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines, run } from "../../machine/run.ts";
import { compare, keepsData, type Provider } from "./provider.ts";

interface ClusterInputs {
  dataDirectory: string;
  /** Folder of the server's programs. */
  bin: string;
  major: number;
  account: Account | null;
}

interface ClusterOutputs extends ClusterInputs {
  /** Tells this cluster from every other, and goes into each of its backups. */
  systemIdentifier: string;
}

/** The superuser that initdb makes; nobody logs in as it but the account that owns the files, over the socket. */
export const superuser = "postgres";

/**
 * A PostgreSQL data folder, made by initdb. Text sorts by bytes, as SQLite's does by default: an ORDER BY answers in the
 * same order after the move, and no upgrade of the system's C library can corrupt an index.
 */
export const provider: Provider<ClusterInputs, ClusterOutputs> = {
  async create(inputs) {
    const found = majorOf(inputs.dataDirectory);
    if (found !== undefined && found !== inputs.major) {
      throw new MachineProblem(
        `${inputs.dataDirectory} holds a PostgreSQL ${found} cluster, and the stack runs PostgreSQL ${inputs.major}`,
        `set database.major to ${found} in the stack's configuration, or move the folder away`,
      );
    }
    if (found === undefined) await initialize(inputs);
    return { id: inputs.dataDirectory, outputs: { ...inputs, systemIdentifier: await systemIdentifier(inputs) } };
  },
  async diff(_, olds, news) {
    const { changes, replaces } = compare<ClusterInputs>(olds, news, ["dataDirectory", "major"]);
    return { changes: changes || majorOf(olds.dataDirectory) === undefined, replaces, deleteBeforeReplace: true };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  read: async (_, outputs) => (majorOf(outputs.dataDirectory) === undefined ? null : outputs),
  async delete(_, outputs) {
    if (!keepsData()) rmSync(outputs.dataDirectory, { recursive: true, force: true });
  },
};

function majorOf(dataDirectory: string): number | undefined {
  const file = join(dataDirectory, "PG_VERSION");
  // initdb writes PG_VERSION early and global/pg_control late: only both together are a cluster.
  const complete = existsSync(file) && existsSync(join(dataDirectory, "global", "pg_control"));
  return complete ? Number.parseInt(readFileSync(file, "utf8"), 10) : undefined;
}

async function initialize({ dataDirectory, bin, account }: ClusterInputs): Promise<void> {
  const ctype = process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8";
  const args = [
    ...["--pgdata", dataDirectory, "--username", superuser, "--encoding", "UTF8", "--data-checksums"],
    ...["--lc-collate", "C", "--lc-ctype", ctype, "--lc-messages", "C", "--lc-monetary", "C", "--lc-numeric", "C"],
    ...["--lc-time", "C", "--auth-local", "peer", "--auth-host", "scram-sha-256"],
  ];
  // What an interrupted initdb left holds nothing yet and may go; the note beside it tells it from a damaged cluster.
  const note = `${dataDirectory}.initializing`;
  if (existsSync(note)) rmSync(dataDirectory, { recursive: true, force: true });
  writeFileSync(note, "");
  const result = await run(join(bin, "initdb"), args, { account, timeoutMs: 300_000 });
  if (result.code === 0) return rmSync(note);
  throw new MachineProblem(
    `initdb could not make a cluster in ${dataDirectory}: ${lastLines(result)}`,
    "mend what it names (often disk space or the folder's owner) and run this again",
  );
}

async function systemIdentifier({ dataDirectory, bin, account }: ClusterInputs): Promise<string> {
  const result = await run(join(bin, "pg_controldata"), [dataDirectory], { account, env: { LC_ALL: "C" } });
  const identifier = result.stdout.match(/^Database system identifier:\s+(\d+)/m)?.[1];
  if (identifier) return identifier;
  throw new MachineProblem(
    `${dataDirectory} cannot be read as a cluster: ${lastLines(result)}`,
    "restore it from a backup, or move it away to start with an empty one",
  );
}
