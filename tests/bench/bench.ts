// `npm run bench`: all ways in turn, several times over, and the medians. Passes or fails on nothing: times are the machine's.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { postgresSettings } from "../../infra/components/database.ts";
import { parseConfig } from "../../infra/config.ts";
import { findProgram, findServers } from "../../machine/programs.ts";
import { wholeOption } from "../../scripts/lib/cli/choice.ts";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { table } from "../../scripts/lib/cli/table.ts";
import { runVerb } from "../../scripts/lib/cli/verb.ts";
import { startPostgres } from "../support/postgres.ts";
import { generate } from "./generate.ts";
import { type Course, measure, pgloader, pipe, plain, proven, type Run, ways } from "./ways.ts";

interface Options {
  rows: number;
  runs: number;
  workers?: number;
  only?: string;
}

await runVerb<Options>(import.meta, {
  summary: "Move one generated file in several ways, in turn, and print their times and ratios.",
  details: "Starts a PostgreSQL of its own and leaves nothing behind. `npm run bench:restore` is that of restores.",
  mutates: false,
  options: (command) => {
    command.name("bench");
    wholeOption(command, "--rows <n>", "rows of the big table", 1_000_000);
    wholeOption(command, "--runs <n>", "how often each way is run", 3);
    wholeOption(command, "--workers <n>", "workers of ours; as many as the machine asks for unless set");
    command.option("--only <text>", "only the ways whose names hold this text");
  },
  run: async ({ rows, runs: times, workers, only }) => {
    const chosen = Object.entries(ways).filter(([name]) => only === undefined || name.includes(only));
    if (chosen.length === 0) {
      throw new LandfallError("usage", `no way's name holds ${only}`, `a part of: ${Object.keys(ways).join("; ")}`);
    }
    for (const [way, program] of [
      [pipe, "sqlite3"],
      [pgloader, "pgloader"],
    ] as const) {
      if (!chosen.some(([name]) => name === way) || findProgram([program])) continue;
      throw new LandfallError("machine", `${program} is not installed`, `install it, or --only Landfall`);
    }
    const folder = mkdtempSync(join(tmpdir(), "lf-bench-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "bench.sqlite");
    process.stderr.write(`writing ${rows} rows\n`);
    generate(file, rows);
    const postgres = await startPostgres({
      ...(await stackSettings()),
      fsync: "on",
      // One in the middle of a run would be in no other.
      autovacuum: "off",
    });
    const course: Course = { file, folder, postgres, workers };
    const runs = new Map<string, Run[]>();
    try {
      for (let i = 1; i <= times; i++) {
        for (const [name, way] of chosen) {
          const run = await measure(course, way);
          runs.set(name, [...(runs.get(name) ?? []), run]);
          process.stderr.write(`${i}: ${name}: ${seconds(run.ms)} s ${steps(run)}\n`);
        }
      }
    } finally {
      await postgres.stop();
    }
    return { data: Object.fromEntries(runs), text: tables(runs, rows, statSync(file).size / 1e6) };
  },
});

/** What a stack on this machine gives its server unless it is told otherwise. */
async function stackSettings(): Promise<Record<string, string>> {
  const [server] = await findServers();
  const { postgresql } = parseConfig({ "landfall:target": "native" }, "landfall");
  return postgresSettings(postgresql, { memory: 4 * 1024 ** 3, cpus: availableParallelism() }, server?.major);
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "-" : (ms / 1000).toFixed(2);
}

function steps({ took }: Run): string {
  return Object.entries(took)
    .map(([name, ms]) => `${name} ${seconds(ms)}`)
    .join(", ");
}

/** The medians of all runs, and the ratios that the goals are about. */
function tables(runs: Map<string, Run[]>, rows: number, megabytes: number): string {
  const of = (name: string, value: (run: Run) => number | undefined) =>
    median((runs.get(name) ?? []).map((run) => value(run) ?? Number.NaN));
  const ways = [...runs.keys()].map((name) => {
    const ms = of(name, (run) => run.ms);
    const peak = of(name, (run) => run.peak);
    return [
      ...[name, seconds(ms), Math.round((rows + 50_000) / (ms / 1000)), (megabytes / (ms / 1000)).toFixed(1)],
      ...[seconds(of(name, (run) => run.clientMs)), seconds(of(name, (run) => run.serverMs))],
      Number.isNaN(peak) ? "-" : `${Math.round(peak / 1e6)} MB`,
    ];
  });
  const step = (name: string, way = plain) => of(way, (run) => run.took[name]);
  const names = ["snapshot", "profile", "plan", "schema", "load", "finish"];
  // Most of the proof runs beside the load and the finish, which take longer then: what it costs is what it adds to the whole.
  const adds = of(proven, (run) => run.ms) - of(plain, (run) => run.ms);
  const alone = step("alone", proven);
  const ratio = (name: string, value: number, goal: number) => [
    name,
    Number.isNaN(value) ? "-" : value.toFixed(2),
    `≤ ${goal.toFixed(2)}`,
  ];
  const theirs = of(pgloader, (run) => run.ms);
  const ratios = [
    ratio("copy / pipe", step("load") / of(pipe, (run) => run.ms), 0.65),
    ratio("whole / pgloader", of(plain, (run) => run.ms) / theirs, 0.45),
    ratio("whole, proven / pgloader", of(proven, (run) => run.ms) / theirs, 0.6),
    ratio("verification, by what it adds to the whole / copy", adds / step("load"), 0.8),
    ["verification by itself / copy", (alone / step("load")).toFixed(2), ""],
    ratio("snapshot and profile / copy", (step("snapshot") + step("profile")) / step("load"), 0.5),
  ];
  const times = Math.max(...[...runs.values()].map((list) => list.length));
  return [
    `${rows} rows × 9 columns and 50000 × 4, ${megabytes.toFixed(0)} MB of SQLite, ${availableParallelism()} cores, medians of ${times} alternating runs`,
    "",
    table(["way", ">s", ">rows/s", ">MB/s", ">client CPU s", ">server CPU s", ">peak memory"], ways),
    "",
    table(
      ["step", ">s", ">with the proof beside it"],
      names.map((name) => [name, seconds(step(name)), seconds(step(name, proven))]),
    ),
    `verification: adds ${seconds(adds)} s to the whole; ${seconds(step("verify", proven))} s of it after the finish; by itself, as npm run verify does it, ${seconds(alone)} s`,
    "",
    table(["ratio", ">is", ">goal"], ratios),
    `copy: ${((step("load") * 1000) / (rows + 50_000)).toFixed(2)} µs a row`,
  ].join("\n");
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
