// The ways that the benchmark compares, each into a database of its own.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidOf } from "../../machine/daemon.ts";
import { type Connection, withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import type { TestPostgres } from "../support/postgres.ts";

/** Where the ways run. */
export interface Course {
  /** The SQLite file. */
  file: string;
  /** For what a way writes besides. */
  folder: string;
  postgres: TestPostgres;
  /** Workers of ours; as many as the machine asks for where absent. */
  workers?: number | undefined;
}

/** Reads the file once, one way or another. `after` is not a part of it: it measures more of the outcome. */
type Way = (
  course: Course,
  target: Target,
) => Promise<Partial<Run> & { after?: () => Promise<Record<string, number>> }>;

/** What a way took. `took` has the steps of ours. */
export interface Run {
  ms: number;
  clientMs: number;
  serverMs: number;
  peak?: number;
  took: Record<string, number>;
}

const tables = `
  CREATE TABLE customer (id bigint, name text, email text, joined date);
  CREATE TABLE purchase (id text, customer_id bigint, quantity bigint, price numeric(12,2), discount double precision,
    paid boolean, details jsonb, created_at timestamptz, note text);`;

export const pipe = "sqlite3 -csv | psql \\copy";
export const pgloader = "pgloader, whole";
export const plain = "Landfall, whole";
export const proven = "Landfall, whole, proven";

export const ways: Record<string, Way> = {
  [pipe]: async ({ file }, target) => {
    await withConnection(target, (connection) => connection.query(tables));
    const psql = `psql -qX -h ${target.host} -p ${target.port} -U postgres -d ${target.database}`;
    const copy = (name: string) =>
      `sqlite3 -csv ${file} 'SELECT * FROM ${name}' | ${psql} -c "\\copy ${name} FROM STDIN WITH (FORMAT csv)"`;
    await shell(`set -eo pipefail; ${copy("customer")}; ${copy("purchase")}`);
    return {};
  },
  [pgloader]: async ({ file, folder }, { port, database }) => {
    await shell(
      `pgloader --quiet sqlite://${file} pgsql://postgres@127.0.0.1:${port}/${database} > ${folder}/pgloader.log 2>&1`,
    );
    return {};
  },
  [plain]: (course, target) => ours(course, target, false),
  [proven]: (course, target) => ours(course, target, true),
};

async function ours(course: Course, target: Target, verified: boolean): ReturnType<Way> {
  const { file, folder, workers } = course;
  const task = join(folder, "task.json");
  writeFileSync(task, JSON.stringify({ file, target, verified, workers }));
  const node = (script: string, argument: string) =>
    shell(`${process.execPath} ${join(import.meta.dirname, script)} ${argument}`);
  const result = JSON.parse(await node("steps.ts", task)) as {
    took: Record<string, number>;
    peak: number;
    folder: string;
  };
  const { took, peak } = result;
  const after = async () => {
    if (verified) took.alone = Number(await node("alone.ts", join(result.folder, "job.json")));
    rmSync(result.folder, { recursive: true, force: true });
    return took;
  };
  return { took, peak, after };
}

function shell(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}`))));
  });
}

/** CPU time, in ms, of the children of a process that have ended, and of theirs. */
function childrenCpu(pid: number | "self"): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const ticks = Number(fields[13]) + Number(fields[14]);
  return ticks * 10;
}

/** Of all that this process has started and of the server, in ms; of what has ended only. */
const cpuOf = (postmaster: number) => ({ client: childrenCpu("self"), server: childrenCpu(postmaster) });

/** Runs a way once. CPU times are of the processes that it started and of the server's. */
export async function measure(course: Course, way: Way): Promise<Run> {
  const { postgres } = course;
  const { database } = await postgres.freshDatabase();
  const target = postgres.superuser(database);
  await withConnection(postgres.superuser("postgres"), (connection) => connection.query("CHECKPOINT"));
  const postmaster = pidOf(postgres.daemon) ?? 0;
  const before = cpuOf(postmaster);
  const started = performance.now();
  const { after, ...more } = await way(course, target);
  const ms = performance.now() - started;
  // The server's processes count once they have ended.
  await withConnection(postgres.superuser("postgres"), (connection) => othersEnded(connection, database));
  const used = cpuOf(postmaster);
  const took = after ? await after() : {};
  await withConnection(postgres.superuser("postgres"), (connection) =>
    connection.query(`DROP DATABASE ${database} WITH (FORCE)`),
  );
  return { ...more, ms, clientMs: used.client - before.client, serverMs: used.server - before.server, took };
}

async function othersEnded(connection: Connection, database: string): Promise<void> {
  for (;;) {
    const { count } = await connection.one<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = $1",
      [database],
    );
    if (count === "0") return;
    await sleep(20);
  }
}
