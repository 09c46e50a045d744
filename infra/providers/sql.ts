import { createHash } from "node:crypto";
import { type Place, runAt } from "../../machine/place.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { lastLines } from "../../machine/run.ts";
import { superuser } from "./cluster.ts";
import { compare, type Provider } from "./provider.ts";

interface SqlInputs {
  psql: string;
  /** Folder of the server's socket: the account that owns the cluster is its superuser there, without a password. */
  socket: string;
  port: number;
  /** Where psql runs: it must reach the socket. */
  place: Place;
  /** Run in order, each in one transaction unless it says otherwise; safe to repeat. May hold secrets: fed on stdin. */
  scripts: { database: string; sql: string; transaction: boolean }[];
  /** Which cluster the scripts ran in: another one needs them again. */
  systemIdentifier: string;
}

interface SqlOutputs extends SqlInputs {
  hash: string;
}

/** Roles, databases, grants: SQL that brings a cluster to a wanted state however often it runs. */
export const provider: Provider<SqlInputs, SqlOutputs> = {
  async create(inputs) {
    for (const script of inputs.scripts) await runScript(inputs, script);
    const hash = createHash("sha256").update(JSON.stringify(inputs.scripts)).digest("hex");
    return { id: hash.slice(0, 16), outputs: { ...inputs, hash } };
  },
  diff: async (_, olds, news) => compare<SqlInputs>(olds, news),
  update: async (_, __, news) => (await provider.create(news)).outputs,
  // What the scripts made lives in the cluster and goes with it.
  delete: async () => {},
};

async function runScript(inputs: SqlInputs, script: SqlInputs["scripts"][number]): Promise<void> {
  const { psql, socket, port, place } = inputs;
  const args = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--host", socket, "--port", String(port)];
  args.push(
    "--username",
    superuser,
    "--dbname",
    script.database,
    ...(script.transaction ? ["--single-transaction"] : []),
  );
  const env = { PATH: process.env.PATH, PGOPTIONS: "-c client_min_messages=warning" };
  const result = await runAt(place, psql, [...args, "--file", "-"], { env, input: script.sql, timeoutMs: 120_000 });
  if (result.code === 0) return;
  // psql quotes the failing line, which may hold a password's verifier: only its own ERROR lines are passed on.
  const errors = result.stderr.split("\n").filter((line) => /ERROR|FATAL|could not/.test(line));
  throw new MachineProblem(
    `roles and grants could not be set in the database ${script.database}: ${errors.join("; ") || lastLines(result, 1)}`,
    "read the log of postgres (npm run status names it) and run this again",
  );
}
