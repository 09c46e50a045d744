// How long snapshot and profile take: node tests/bench/profile.mjs [ROWS] [RUNS]
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { bytes, count, table } from "../../scripts/lib/cli/table.ts";
import { examine } from "../../scripts/lib/migrate/examine.ts";
import { temporaryFolder } from "../support/folder.ts";
import { generate } from "./generate.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const runs = Number(process.argv[3] ?? 3);
const folder = temporaryFolder();
const file = join(folder, "bench.sqlite");
mkdirSync(folder, { recursive: true });
generate(file, rows);
const size = statSync(file).size;
process.stdout.write(`${count(rows)} rows of 9 columns and 50,000 of 4: ${bytes(size)}, Node ${process.version}\n\n`);

/** @type {(string | number)[][]} */
const lines = [];
/** @param {string} name @param {() => Promise<unknown>} work */
async function measure(name, work) {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const used = ((user + system) / 1e6).toFixed(2);
  lines.push([name, seconds.toFixed(2), used, count(Math.round(rows / seconds)), (size / 1e6 / seconds).toFixed(0)]);
}

// The profile begins while the snapshot is checked: its own line is what it takes beyond that.
for (let run = 0; run < runs; run++) {
  const examination = examine(file, join(folder, "run"), silentReporter);
  await measure("both", async () => {
    await measure("snapshot", () => examination.snapshot);
    await measure("profile", () => examination.profiled);
  });
}
const peak = bytes(process.resourceUsage().maxRSS * 1024);
process.stdout.write(`${table(["step", ">s", ">CPU s", ">rows/s", ">MB/s"], lines)}\n\npeak memory ${peak}\n`);
