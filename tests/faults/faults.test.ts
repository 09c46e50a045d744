import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pidOf, revive } from "../../machine/daemon.ts";
import { run } from "../../machine/run.ts";
import { backup } from "../../scripts/lib/backup/backup.ts";
import { restoreInPlace } from "../../scripts/lib/backup/restore/in-place.ts";
import { planRestore } from "../../scripts/lib/backup/restore/plan.ts";
import { parseLsn, parseSegment, segmentBytes } from "../../scripts/lib/backup/segments.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { table } from "../../scripts/lib/cli/table.ts";
import { killHard } from "../support/kill.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";
import { countFigures, type Figures, readLedger, Writers } from "./ledger.ts";
import { KeptScheduler, until } from "./scheduler.ts";

// `npm run faults` does 100 runs; LANDFALL_FAULT_RUNS says how many. Loopback only, four clients, seconds.
const runs = Number(process.env.LANDFALL_FAULT_RUNS ?? 4);
const clients = 4;
const skip = noStack;
const kinds = ["data folder lost", "PostgreSQL killed", "pooler killed", "scheduler killed"] as const;
type Kind = (typeof kinds)[number];

let stack: TestStack;
let scheduler: KeptScheduler;
const totals = new Map<Kind, Figures & { runs: number }>();

before(async () => {
  if (skip) return;
  stack = await startStack({
    pooler: true,
    settings: { "landfall:postgresql": JSON.stringify({ archive_timeout: "1s" }) },
  });
  await stack.sql("CREATE TABLE written (run text, writer int, number int, PRIMARY KEY (run, writer, number))");
  scheduler = await KeptScheduler.start(stack);
});
after(async () => {
  await scheduler?.stop();
  await stack?.stop();
  const rows = [...totals].map(([kind, { runs: times, ...figures }]) => [kind, times, ...Object.values(figures)]);
  console.log(
    table(["fault", ">runs", ">acknowledged", ">recovered", ">lost within the bound", ">lost beyond it"], rows),
  );
});

function writersFor(name: string): { writers: Writers; file: string } {
  const { host, port, tls } = stack.outputs.pooler;
  const { name: user, password } = stack.outputs.roles.app;
  const ssl = { ca: tls.mode === "verify-full" ? readFileSync(tls.caFile, "utf8") : "" };
  const file = join(stack.folder, `${name}.ledger`);
  return { writers: new Writers(file, { host, port, user, password, database: "app", ssl }, name), file };
}

async function foundRows(name: string): Promise<Set<string>> {
  const connection = await stack.superuser();
  const rows = await connection.query<{ key: string }>(
    "SELECT concat_ws(' ', run, writer, number) AS key FROM written WHERE run = $1",
    [name],
  );
  await connection.close();
  return new Set(rows.map(({ key }) => key));
}

/**
 * Watches how far the WAL is and how far it is archived. What was acknowledged before the WAL was where the archive now ends
 * has to survive the loss of the data folder: that is the bound.
 */
class ArchiveWatch {
  readonly #samples: { at: number; lsn: bigint }[] = [];
  #archivedEnd = 0n;
  #running = true;
  readonly #done = this.#watch();

  async #watch(): Promise<void> {
    const connection = await stack.superuser();
    while (this.#running) {
      const at = Date.now();
      const { lsn, last } = await connection.one<{ lsn: string; last: string | null }>(
        "SELECT pg_current_wal_lsn()::text AS lsn, last_archived_wal AS last FROM pg_stat_archiver",
      );
      this.#samples.push({ at, lsn: parseLsn(lsn) });
      if (last) this.#archivedEnd = BigInt((parseSegment(last).number + 1) * segmentBytes);
      await sleep(50);
    }
    await connection.close();
  }

  /** Ends it. @returns up to when everything acknowledged is promised to be there, milliseconds since 1970 */
  async stop(): Promise<number> {
    this.#running = false;
    await this.#done;
    return Math.max(0, ...this.#samples.filter(({ lsn }) => lsn < this.#archivedEnd).map(({ at }) => at));
  }
}

async function amcheck(): Promise<void> {
  const { serverBin, account } = stack.outputs.backup.run;
  const args = [
    "-h",
    stack.run,
    "-p",
    String(stack.outputs.database.port),
    "-U",
    "postgres",
    "-d",
    "app",
    "--heapallindexed",
    "--install-missing",
  ];
  const result = await run(join(serverBin, "pg_amcheck"), args, { account });
  assert.equal(result.code, 0, result.stdout + result.stderr);
}

async function fault(kind: Kind, acknowledged: () => number): Promise<void> {
  const before = acknowledged();
  switch (kind) {
    case "PostgreSQL killed":
    case "pooler killed": {
      const daemon = kind === "pooler killed" ? stack.pooler : stack.server;
      killHard((daemon && pidOf(daemon)) ?? 0);
      break;
    }
    case "scheduler killed":
      await scheduler.surviveKills();
      break;
    case "data folder lost": {
      // Nobody is to start it again: the server is taken out of the supervisor's hands by the restore itself.
      killHard(pidOf(stack.server) ?? 0);
      rmSync(stack.outputs.backup.dataDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      return;
    }
  }
  // Writes go on by themselves: the supervisor has started again what was killed.
  await until(`writing after: ${kind}`, async () => acknowledged() > before + 50);
}

for (let i = 0; i < runs; i++) {
  const kind: Kind = kinds[i % kinds.length] ?? "data folder lost";
  test(`run ${i + 1}: ${kind}`, { skip, timeout: 180_000 }, async (context) => {
    const name = `run-${i}`;
    if (kind === "data folder lost") await backup(stack.outputs, i === 0 ? "full" : "incr", false, silentReporter);
    const { writers, file } = writersFor(name);
    context.after(() => writers.stop());
    writers.start(clients);
    await until("200 acknowledged writes", async () => writers.acknowledged > 200);
    // Where only a process dies, nothing that was acknowledged may be missing at all.
    let promised = Number.POSITIVE_INFINITY;
    if (kind === "data folder lost") {
      const watch = new ArchiveWatch();
      await sleep(3000 + Math.random() * 2000);
      promised = await watch.stop();
    }
    await fault(kind, () => writers.acknowledged);
    await writers.stop();
    if (kind === "data folder lost") {
      const plan = await planRestore(stack.outputs, { to: "latest" });
      await restoreInPlace(stack.outputs, plan, { delta: false }, silentReporter);
    }
    await until("the database's answer", async () => (await stack.sql("SELECT 1")).length === 1);
    const ledger = readLedger(file);
    const found = await foundRows(name);
    assert.ok(
      ledger.some(({ at }) => at < promised),
      "something was archived that must come back",
    );
    const figures = countFigures(ledger, found, promised);
    const sum = totals.get(kind) ?? { runs: 0, acknowledged: 0, recovered: 0, lostWithinBound: 0, lostBeyondBound: 0 };
    for (const key of Object.keys(figures) as (keyof Figures)[]) sum[key] += figures[key];
    totals.set(kind, { ...sum, runs: sum.runs + 1 });
    assert.equal(figures.lostBeyondBound, 0, JSON.stringify(figures));
    assert.ok(figures.recovered > 0, "something was there to lose");
    await amcheck();
    await revive(stack.run);
  });
}
