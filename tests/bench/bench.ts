// The benchmark: `npm run bench -- [--rows 1000000] [--runs 3] [--workers N]`. All ways in turn, several times over, and the medians.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pidOf } from "../../machine/daemon.ts";
import { table } from "../../scripts/lib/cli/table.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { startPostgres } from "../support/postgres.ts";
import { generate } from "./generate.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    runs: { type: "string", default: "3" },
    workers: { type: "string" },
    only: { type: "string" },
  },
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), "lf-bench-"));
const file = join(folder, "bench.sqlite");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

process.stderr.write(`writing ${rows} rows\n`);
generate(file, rows);
const megabytes = statSync(file).size / 1e6;
const postgres = await startPostgres({ fsync: "on", shared_buffers: "512MB", max_wal_size: "8GB", autovacuum: "off" });

/** What a way took. `took` has the steps of ours. */
interface Run {
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

const ways: Record<string, (target: Target) => Promise<Partial<Run>>> = {
  "sqlite3 -csv | psql \\copy": async (target) => {
    await withConnection(target, (connection) => connection.query(tables));
    const psql = `psql -qX -h ${target.host} -p ${target.port} -U postgres -d ${target.database}`;
    const copy = (name: string) =>
      `sqlite3 -csv ${file} 'SELECT * FROM ${name}' | ${psql} -c "\\copy ${name} FROM STDIN WITH (FORMAT csv)"`;
    await shell(`set -eo pipefail; ${copy("customer")}; ${copy("purchase")}`);
    return {};
  },
  "pgloader, whole": async ({ port, database }) => {
    await shell(
      `pgloader --quiet sqlite://${file} pgsql://postgres@127.0.0.1:${port}/${database} > ${folder}/pgloader.log 2>&1`,
    );
    return {};
  },
  "Landfall, whole": (target) => ours(target, false),
  "Landfall, whole, proven": (target) => ours(target, true),
};

async function ours(target: Target, verified: boolean): Promise<Partial<Run>> {
  const task = join(folder, "task.json");
  const workers = values.workers === undefined ? {} : { workers: Number(values.workers) };
  writeFileSync(task, JSON.stringify({ file, target, verified, ...workers }));
  const output = await shell(`${process.execPath} ${join(import.meta.dirname, "steps.ts")} ${task}`);
  const result = JSON.parse(output) as { took: Record<string, number>; peak: number; folder: string };
  rmSync(result.folder, { recursive: true, force: true });
  return result;
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

async function measure(way: (target: Target) => Promise<Partial<Run>>): Promise<Run> {
  const { database } = await postgres.freshDatabase();
  const target = postgres.superuser(database);
  await withConnection(postgres.superuser("postgres"), (connection) => connection.query("CHECKPOINT"));
  const postmaster = pidOf(postgres.daemon) ?? 0;
  const before = { client: childrenCpu("self"), server: childrenCpu(postmaster) };
  const started = performance.now();
  const more = await way(target);
  const ms = performance.now() - started;
  await withConnection(postgres.superuser("postgres"), (connection) =>
    connection.query(`DROP DATABASE ${database} WITH (FORCE)`),
  );
  // The server's processes count once they have ended.
  const after = { client: childrenCpu("self"), server: childrenCpu(postmaster) };
  return { ms, clientMs: after.client - before.client, serverMs: after.server - before.server, took: {}, ...more };
}

const runs = new Map<string, Run[]>();
const chosen = Object.entries(ways).filter(([name]) => values.only === undefined || name.includes(values.only));
for (let i = 0; i < Number(values.runs); i++) {
  for (const [name, way] of chosen) {
    const run = await measure(way);
    runs.set(name, [...(runs.get(name) ?? []), run]);
    process.stderr.write(
      `${i + 1}: ${name}: ${(run.ms / 1000).toFixed(1)} s ${JSON.stringify(run.took, (_, value) => (typeof value === "number" ? Math.round(value) : value))}\n`,
    );
  }
}
await postgres.stop();

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const of = (name: string, value: (run: Run) => number) => median((runs.get(name) ?? []).map(value));
const seconds = (ms: number) => (Number.isNaN(ms) ? "-" : (ms / 1000).toFixed(2));
const pipe = "sqlite3 -csv | psql \\copy";
const [plain, proven] = ["Landfall, whole", "Landfall, whole, proven"];
const lines = chosen.map(([name]) => {
  const ms = of(name, (run) => run.ms);
  const peak = of(name, (run) => run.peak ?? Number.NaN);
  return [
    ...[name, seconds(ms), Math.round((rows + 50_000) / (ms / 1000)), (megabytes / (ms / 1000)).toFixed(1)],
    ...[seconds(of(name, (run) => run.clientMs)), seconds(of(name, (run) => run.serverMs))],
    Number.isNaN(peak) ? "-" : `${Math.round(peak / 1e6)} MB`,
  ];
});
const steps = ["snapshot", "profile", "plan", "schema", "load", "finish", "verify"];
const step = (name: string) => of(name === "verify" ? proven : plain, (run) => run.took[name] ?? Number.NaN);
const ratio = (name: string, value: number, goal: number) => [name, value.toFixed(2), `≤ ${goal.toFixed(2)}`];
const whole = of("pgloader, whole", (run) => run.ms);
const ratios = [
  ratio("copy / pipe", step("load") / of(pipe, (run) => run.ms), 0.65),
  ratio("whole / pgloader", of(plain, (run) => run.ms) / whole, 0.45),
  ratio("whole, proven / pgloader", of(proven, (run) => run.ms) / whole, 0.6),
  ratio("verification / copy", step("verify") / step("load"), 0.8),
  ratio("snapshot and profile / copy", (step("snapshot") + step("profile")) / step("load"), 0.5),
];
process.stdout.write(
  [
    `${rows} rows × 9 columns and 50000 × 4, ${megabytes.toFixed(0)} MB of SQLite, ${availableParallelism()} cores, medians of ${values.runs} alternating runs`,
    "",
    table(["way", ">s", ">rows/s", ">MB/s", ">client CPU s", ">server CPU s", ">peak memory"], lines),
    "",
    table(
      ["step", ">s"],
      steps.map((name) => [name, seconds(step(name))]),
    ),
    "",
    table(["ratio", ">is", ">goal"], ratios),
    `copy: ${(((step("load") ?? 0) * 1000) / (rows + 50_000)).toFixed(2)} µs a row`,
    "",
  ].join("\n"),
);
