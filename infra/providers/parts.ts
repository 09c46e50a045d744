import { ensureParts } from "../../machine/packages.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { findPart, findProgram, findServers, type PartName, type Server } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { compare, type Provider } from "./provider.ts";

interface PartsInputs {
  /** Whether what is missing may be installed with the system's package manager. */
  install: "auto" | "never";
  /** The PostgreSQL major that the configuration names; null: the newest that is there. */
  major: number | null;
}

interface PartsOutputs extends PartsInputs {
  server: Server;
  pgbouncer: { path: string; version: string };
  pgbackrest: string;
  prometheus: string;
  alertmanager: string;
  postgresExporter: string;
  /** Upstream's, where somebody installed it; null: Landfall's own stands in (docs/decisions/0007). */
  pgbouncerExporter: string | null;
}

/** The programs of this machine that the stack runs: found, else installed. Deleting it uninstalls nothing. */
export const provider: Provider<PartsInputs, PartsOutputs> = {
  // Nothing where a program is still to be installed.
  foresee: async (olds, { install, major }) =>
    locate({ install, major }, major ?? olds.server?.major ?? null).catch(() => ({})),
  create: async (inputs) => ({ id: "parts", outputs: await provide(inputs, inputs.major) }),
  // A system upgrade moves the programs: what runs then is restarted with the new ones at the next `up`.
  async diff(_, olds, news) {
    const found = await locate(news, news.major ?? olds.server.major).catch(() => null);
    return found ? compare(olds, found) : { changes: true };
  },
  // A cluster's files belong to one major: a newer server that appears on the machine does not take them over.
  update: (_, olds, news) => provide(news, news.major ?? olds.server.major),
  delete: async () => {},
};

async function provide(inputs: PartsInputs, major: number | null): Promise<PartsOutputs> {
  await ensureParts({
    policy: inputs.install,
    interactive: false,
    major: major ?? undefined,
    say: (text) => console.error(text),
  });
  return locate(inputs, major);
}

async function locate(inputs: PartsInputs, major: number | null): Promise<PartsOutputs> {
  const [server] = await findServers(major ?? undefined);
  if (!server) throw absent("postgresql");
  const pgbouncer = path("pgbouncer");
  return {
    ...inputs,
    server,
    pgbouncer: { path: pgbouncer, version: await versionOf(pgbouncer) },
    pgbackrest: path("pgbackrest"),
    prometheus: path("prometheus"),
    alertmanager: path("alertmanager"),
    postgresExporter: path("postgres_exporter"),
    pgbouncerExporter: findProgram(["pgbouncer_exporter"]) ?? null,
  };
}

/** The first number with a dot that `--version` prints. */
async function versionOf(program: string): Promise<string> {
  return (await run(program, ["--version"])).stdout.match(/\d+(\.\d+)+/)?.[0] ?? "unknown";
}

function path(part: Exclude<PartName, "postgresql">): string {
  const found = findPart(part);
  if (!found) throw absent(part);
  return found;
}

const absent = (part: PartName) =>
  new MachineProblem(`${part} is no longer on this machine`, "install it again, or run npm run up");
