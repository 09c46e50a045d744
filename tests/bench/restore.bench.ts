// Prints how long restores and a drill take against a hand-typed `pgbackrest restore`. Asserts nothing: times are the machine's.
import { chownSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../machine/run.ts";
import { backup } from "../../scripts/lib/backup/backup.ts";
import { restoreInPlace } from "../../scripts/lib/backup/restore/in-place.ts";
import { planRestore } from "../../scripts/lib/backup/restore/plan.ts";
import { wholeOption } from "../../scripts/lib/cli/choice.ts";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { duration, table } from "../../scripts/lib/cli/table.ts";
import { type Outcome, runVerb } from "../../scripts/lib/cli/verb.ts";
import { drill } from "../../scripts/lib/drill/drill.ts";
import { noStack, startStack } from "../support/stack.ts";

const rounds = 3;
const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

await runVerb<{ megabytes: number }>(import.meta, {
  summary: "Restore and drill a cluster, and print the ratios to a hand-typed `pgbackrest restore`.",
  details: "Starts a stack of its own and leaves nothing behind.",
  mutates: false,
  options: (command) => {
    command.name("bench:restore");
    wholeOption(command, "--megabytes <n>", "how large the cluster is", 2000);
  },
  run: ({ megabytes }) => {
    if (noStack) throw new LandfallError("machine", noStack, "npm test, which installs what is missing where it may");
    return bench(megabytes);
  },
});

async function bench(megabytes: number): Promise<Outcome> {
  const stack = await startStack();
  try {
    const { outputs } = stack;
    const place = outputs.backup;
    // Ten tables, of about a kilobyte a row, of which a half compresses. A delta restore goes by files, and PostgreSQL begins a
    // new one every gigabyte: in one table of less, any change is a change of everything.
    for (let n = 0; n < 10; n++) {
      await stack.sql(`CREATE TABLE filler${n} (id int PRIMARY KEY, content text)`);
      await stack.sql(
        `INSERT INTO filler${n} SELECT i, repeat(md5(i::text), 14) || repeat('x', 480) FROM generate_series(1, ${megabytes * 100}) i`,
      );
      await stack.sql(`VACUUM ANALYZE filler${n}`);
    }
    await backup(outputs, "full", false, silentReporter);

    const byHand = join(stack.folder, "by-hand");
    const { account } = place.run;
    const restoreByHand = async (): Promise<number> => {
      mkdirSync(byHand, { mode: 0o700 });
      if (account) chownSync(byHand, account.uid, account.gid);
      const started = Date.now();
      const typed = [`--config=${place.config}`, `--stanza=${place.stanza}`, `--pg1-path=${byHand}`, "restore"];
      const result = await run(place.run.pgbackrest, typed, { account });
      const took = Date.now() - started;
      if (result.code !== 0) throw new Error(result.stderr || result.stdout);
      rmSync(byHand, { recursive: true });
      return took;
    };
    const restore = async (delta: boolean) => {
      const plan = await planRestore(outputs, { to: "latest" });
      return (await restoreInPlace(outputs, plan, { delta }, silentReporter)).restoreMs;
    };
    // By turns, of the same backup: what one of them costs swings with the machine's memory and disk.
    const hands: number[] = [];
    const fulls: number[] = [];
    const drills: number[] = [];
    let passed = true;
    for (let round = 0; round < rounds; round++) {
      hands.push(await restoreByHand());
      const started = Date.now();
      passed = (await drill(outputs, { to: "latest" }, silentReporter)).passed && passed;
      drills.push(Date.now() - started);
    }
    // After all drills: what is restored in place begins a timeline of its own, with WAL that a drill would have to go through.
    for (let round = 0; round < rounds; round++) {
      hands.push(await restoreByHand());
      fulls.push(await restore(false));
    }
    const [hand, full, whole] = [median(hands), median(fulls), median(drills)];
    // A tenth of the rows is written anew.
    await stack.sql("UPDATE filler0 SET content = content || 'y'");
    const delta = await restore(true);
    const row = (what: string, ms: number, most: string) => [what, duration(ms), (ms / hand).toFixed(2), most];
    const ratios = table(
      [`${megabytes} MB`, ">time", ">ratio", ">wanted"],
      [
        row("pgbackrest restore, typed by hand", hand, ""),
        row("npm run restore, the files", full, "1.15"),
        row("the same with --delta, a tenth changed", delta, "0.33"),
        row("npm run drill, whole", whole, "2.50"),
      ],
    );
    const said = `medians of ${rounds} each, of ${2 * rounds} by hand, by turns; the drills ${passed ? "passed" : "FAILED"}: they read source and copy in full`;
    const data = { megabytes, handMs: hand, fullMs: full, deltaMs: delta, drillMs: whole, drillPassed: passed };
    return { data, text: `${ratios}\n\n${said}` };
  } finally {
    await stack.stop();
  }
}
