// One of our ways, in a process of its own, so that its memory and its time are its own. Prints what each step took as JSON.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { examine } from "../../scripts/lib/migrate/examine.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { load } from "../../scripts/lib/migrate/load/load.ts";
import { emptyMapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { makePlan } from "../../scripts/lib/migrate/plan/plan.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { RowsProof } from "../../scripts/lib/migrate/verify/rows.ts";
import { verify } from "../../scripts/lib/migrate/verify/verify.ts";

interface Task {
  file: string;
  target: Target;
  /** Whether every value is compared at the end. */
  verified: boolean;
  workers?: number;
}

const task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Task;
const folder = mkdtempSync(join(tmpdir(), "lf-bench-"));
const runId = "bench";
const took: Record<string, number> = {};
/** CPU time of this process in each step, in ms, and the most memory it had had by its end, in MB. */
const cpu: Record<string, number> = {};
const memory: Record<string, number> = {};

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  took[name] = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  cpu[name] = (user + system) / 1000;
  memory[name] = (process.resourceUsage().maxRSS * 1024) / 1e6;
  return result;
}

// The profile begins while the snapshot is checked: what it takes beyond that is its own.
const examination = examine(task.file, folder, silentReporter);
const snapshot = await timed("snapshot", () => examination.snapshot);
const { catalog, profile } = await timed("profile", () => examination.profiled);
const plan = await timed("plan", async () => makePlan(catalog, profile, emptyMapping));
await timed("schema", () => withConnection(task.target, (connection) => createSchema(connection, plan, runId)));
const job = { snapshot, catalog, plan, profile, target: task.target, runId, folder, workers: task.workers };
// As `migrate` has it: the proof of the rows begins beside the load and the finish, and ends after them.
const proof = task.verified ? new RowsProof(silentReporter) : undefined;
proof?.readSource(job);
const result = await timed("load", () => load(job, silentReporter));
await timed("finish", () => finish(job, silentReporter, () => proof?.readTarget()));
if (proof) {
  const { equal } = await timed("verify", () => verify(job, silentReporter, proof));
  if (!equal) throw new Error("verification found a difference");
  writeFileSync(join(folder, "job.json"), JSON.stringify(job));
}
const rows = result.tables.reduce((sum, table) => sum + table.loaded, 0);
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ took, cpu, memory, rows, peak, folder }));
