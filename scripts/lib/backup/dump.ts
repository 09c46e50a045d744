import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { StackOutputs } from "../../../infra/contract.ts";
import { findServers } from "../../../machine/programs.ts";
import { lastLines, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { fingerprint } from "../db/fingerprint.ts";
import { withConnection } from "../db/postgres/connection.ts";
import { stateFolder } from "../paths.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { databaseTarget } from "../stack/targets.ts";

/** Schemas that belong to a stack, not to its application: each stack has its own. */
export const stackSchemas = ["landfall", "pooler"];

const figures = z.object({ rows: z.string(), digest: z.string() });
const manifestSchema = z.object({
  format: z.literal("pg_dump directory"),
  database: z.string(),
  stack: z.string(),
  /** PostgreSQL's major version that it was taken from. */
  major: z.int(),
  at: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
  /** Rows and digest of each table in the snapshot that was dumped. */
  tables: z.record(z.string(), figures),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface DumpResult {
  folder: string;
  bytes: number;
  durationMs: number;
  tables: number;
  /** Dumps that were removed because there were more than are kept. */
  removed: string[];
}

const manifestName = "manifest.json";
/** Where a dump is made or restored, and by which programs. */
export interface DumpPlace {
  outputs: StackOutputs;
  /** Folder of pg_dump and pg_restore. */
  bin: string;
  /** Folder of all dumps. */
  dumps: string;
}

/** Beside the records, so that dumps outlive the data. */
export const besideRecords = (outputs: StackOutputs & { backup: LocalBackup }): DumpPlace => ({
  outputs,
  bin: outputs.backup.run.serverBin,
  dumps: join(dirname(outputs.backup.records), "dumps"),
});

/**
 * For a database that is reached over the network alone, such as RDS: with this machine's programs, into this project's folder.
 * @throws {LandfallError} machine, where they are older than the server, which pg_dump refuses
 */
export async function overNetwork(outputs: StackOutputs): Promise<DumpPlace> {
  const { major } = outputs.database;
  const servers = await findServers();
  const fits = servers.filter((server) => server.major >= major).at(-1);
  if (!fits) {
    const has = servers.map((server) => server.major).join(", ") || "none";
    throw new LandfallError(
      "machine",
      `pg_dump of PostgreSQL ${major} or later is needed, and this machine has ${has}`,
      `install it (postgresql-${major}, from PostgreSQL's own repository where the system's has none)`,
    );
  }
  return { outputs, bin: fits.bin, dumps: join(stateFolder, "stacks", outputs.stack, "dumps") };
}

/**
 * Dumps the application's database with pg_dump: parallel, compressed, from one snapshot whose rows are counted and digested
 * too, with a SHA-256 of every file. Its folder appears under its name once it is complete.
 * @param into folder of all dumps @param keep how many stay
 * @throws {LandfallError} backup, with pg_dump's own reason
 */
export async function dump(
  { outputs, bin }: DumpPlace,
  into: string,
  jobs: number,
  keep: number,
  reporter: Reporter,
): Promise<DumpResult> {
  const { name, major } = outputs.database;
  const started = new Date();
  const stamp = started.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const folder = join(into, `${name}-${stamp}`);
  const partial = `${folder}.partial`;
  mkdirSync(into, { recursive: true, mode: 0o700 });
  try {
    const tables = await withConnection(databaseTarget(outputs, "migrator"), async (connection) => {
      await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const { snapshot } = await connection.one<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
      reporter.step(1, 3, "Dumping");
      await runDump(outputs, bin, partial, jobs, snapshot);
      reporter.step(2, 3, "Counting and digesting what was dumped");
      const content = await fingerprint(connection, () => {});
      const own = Object.entries(content.tables).filter(([table]) => !stackSchemas.includes(table.split(".")[0] ?? ""));
      return Object.fromEntries(own);
    });
    reporter.step(3, 3, "Writing the checksums");
    const files = await hashFiles(partial);
    const at = started.toISOString();
    const manifest: Manifest = {
      format: "pg_dump directory",
      database: name,
      stack: outputs.stack,
      major,
      at,
      files,
      tables,
    };
    writeFileSync(join(partial, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
    renameSync(partial, folder);
    pointLatest(into, folder);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const durationMs = Date.now() - started.getTime();
    return { folder, bytes, durationMs, tables: Object.keys(tables).length, removed: removeOld(into, name, keep) };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

async function runDump(
  outputs: StackOutputs,
  bin: string,
  folder: string,
  jobs: number,
  snapshot: string,
): Promise<void> {
  const args = [
    ...["--format=directory", `--file=${folder}`, `--jobs=${jobs}`, `--snapshot=${snapshot}`],
    // zstd came with 16, and is several times faster than gzip.
    outputs.database.major >= 16 ? "--compress=zstd:3" : "--compress=6",
    ...stackSchemas.map((schema) => `--exclude-schema=${schema}`),
    ...["--no-password", `--role=${outputs.roles.owner}`],
  ];
  const result = await run(join(bin, "pg_dump"), args, { env: clientEnvironment(outputs) });
  if (result.code === 0) return;
  throw new LandfallError("backup", `pg_dump failed: ${lastLines(result)}`, "mend what it names and run this again");
}

/** How libpq's programs reach the database as the migrator; the password is in no argument. */
export function clientEnvironment(outputs: StackOutputs): NodeJS.ProcessEnv {
  const { host, port, name, tls } = outputs.database;
  const { migrator } = outputs.roles;
  return {
    PATH: process.env.PATH,
    LC_ALL: "C",
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: name,
    PGUSER: migrator.name,
    PGPASSWORD: migrator.password,
    PGSSLMODE: tls.mode,
    ...(tls.mode === "verify-full" ? { PGSSLROOTCERT: tls.caFile } : {}),
  };
}

async function hashFiles(folder: string): Promise<Manifest["files"]> {
  const files: Manifest["files"] = [];
  for (const name of readdirSync(folder)
    .filter((file) => file !== manifestName)
    .sort()) {
    const path = join(folder, name);
    files.push({ name, bytes: statSync(path).size, sha256: await sha256Of(path) });
  }
  return files;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** A relative link, so that the folder of dumps can be moved. Replaced in one step: it always points somewhere. */
function pointLatest(into: string, folder: string): void {
  const link = join(into, "latest");
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(folder), `${link}.new`);
  renameSync(`${link}.new`, link);
}

function removeOld(into: string, database: string, keep: number): string[] {
  const dated = new RegExp(`^${database}-\\d{8}T\\d{6}Z$`);
  const old = readdirSync(into)
    .filter((name) => dated.test(name))
    .sort()
    .slice(0, -keep);
  for (const name of old) rmSync(join(into, name), { recursive: true, force: true });
  return old;
}

/**
 * Reads a dump's manifest and compares every file with its checksum.
 * @throws {LandfallError} backup, where the dump is incomplete or was changed
 */
export async function checkDump(folder: string): Promise<Manifest> {
  const file = join(folder, manifestName);
  if (!existsSync(file)) {
    throw new LandfallError(
      "usage",
      `${folder} is no dump of Landfall's: it has no ${manifestName}`,
      "npm run dump makes one",
    );
  }
  const manifest = manifestSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!manifest.success) throw new LandfallError("backup", `${file} cannot be read`, "use another dump");
  const problems: string[] = [];
  for (const { name, sha256 } of manifest.data.files) {
    const path = join(folder, name);
    if (!existsSync(path)) problems.push(`${name} is missing`);
    else if ((await sha256Of(path)) !== sha256) problems.push(`${name} is not as it was written`);
  }
  if (problems.length === 0) return manifest.data;
  throw new LandfallError("backup", `the dump ${folder} is damaged: ${problems.join("; ")}`, "use another dump");
}
