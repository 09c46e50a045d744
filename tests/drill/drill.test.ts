import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { backup } from "../../scripts/lib/backup/backup.ts";
import { archiveNow } from "../../scripts/lib/backup/wal.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { hasFailed } from "../../scripts/lib/drill/assertions.ts";
import { drill } from "../../scripts/lib/drill/drill.ts";
import { checkEvidence, readDrills } from "../../scripts/lib/drill/evidence.ts";
import { cloneStack } from "../../scripts/lib/drill/sabotage/clone.ts";
import { killRate, runSabotages, verdictsText } from "../../scripts/lib/drill/sabotage/run.ts";
import { sabotages } from "../../scripts/lib/drill/sabotage/sabotages.ts";
import { ensureControlSchema } from "../../scripts/lib/migrate/control/schema.ts";
import { databaseTarget } from "../../scripts/lib/stack/targets.ts";
import { folderStore } from "../../scripts/lib/store/folder.ts";
import { killHard } from "../support/kill.ts";
import { sampleData } from "../support/sample.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";

// With an encrypted repository, so that a wrong key is one. `npm run test:sabotage` does all of them.
const skip = noStack;
const all = process.env.LANDFALL_ALL_SABOTAGES === "1";
const short = ["wal-segment-gone", "wrong-key", "row-changed", "page-flipped"];
let stack: TestStack;

before(async () => {
  if (skip) return;
  stack = await startStack({
    settings: {
      "landfall:backups": JSON.stringify({ encryption: "aes-256-cbc" }),
      "landfall:drill": JSON.stringify({ smoke_queries: ["SELECT count(*) > 0 FROM customer"] }),
    },
  });
  await sampleData(stack, 5_000);
  await backup(stack.outputs, "full", true, silentReporter);
});
after(() => stack?.stop());

const failuresOf = (result: Awaited<ReturnType<typeof drill>>) =>
  result.assertions.filter(hasFailed).map(({ name, detail }) => `${name}: ${detail}`);

test("a drill of a sound backup passes every assertion while the application writes", { skip }, async () => {
  let writing = true;
  const writer = (async () => {
    while (writing) await stack.sql("INSERT INTO customer (name) SELECT 'late' FROM generate_series(1, 20)");
  })();
  const result = await drill(stack.outputs, { to: "latest" }, silentReporter);
  writing = false;
  await writer;
  assert.deepEqual(failuresOf(result), []);
  assert.ok(result.recoveryTimeMs !== null && result.recoveryTimeMs > 0);
  assert.ok(result.recoveryPointMs !== null);
  console.log(result.assertions.map(({ name, detail }) => `${name}: ${detail}`).join("\n"));
});

test("the evidence is kept with its hash, and a change to it shows", { skip }, async () => {
  const { records } = stack.outputs.backup;
  const [record] = await readDrills(folderStore(records));
  assert.ok(record?.passed);
  const page = readFileSync(join(records, "drills", "latest.html"), "utf8");
  assert.match(page, /Restore drill of test: <span class="passed">passed/);
  assert.doesNotMatch(page, /(src|href)=/, "the page needs nothing but itself");
  assert.deepEqual(await checkEvidence(folderStore(records)), []);
});

test("a smoke query that answers with false fails the drill", { skip }, async () => {
  const outputs = {
    ...stack.outputs,
    drill: { ...stack.outputs.drill, smokeQueries: ["SELECT count(*) < 0 FROM customer"] },
  };
  const result = await drill(outputs, { to: "random" }, silentReporter);
  assert.deepEqual(failuresOf(result), ["use: smoke queries: the answer is false: SELECT count(*) < 0 FROM customer"]);
});

test("a table that was emptied since the last drill fails it, unless it may be empty", { skip }, async () => {
  await stack.sql("TRUNCATE purchase");
  const result = await drill(stack.outputs, { to: "latest" }, silentReporter);
  assert.match(
    failuresOf(result).join(),
    /^content: no table was emptied: public\.purchase is empty and had 5000 rows/,
  );
  const outputs = { ...stack.outputs, drill: { ...stack.outputs.drill, mayBeEmpty: ["public.purchase"] } };
  const allowed = await drill(outputs, { to: "latest" }, silentReporter);
  assert.deepEqual(failuresOf(allowed), []);
});

test("rows of a migration that are gone fail the drill, unless somebody has written to the table since", {
  skip,
}, async () => {
  await withConnection(databaseTarget(stack.outputs, "migrator"), async (connection) => {
    await ensureControlSchema(connection);
    await connection.query(
      `CREATE TABLE city (id int PRIMARY KEY, name text); CREATE TABLE street (id int PRIMARY KEY);
       INSERT INTO landfall.run (run_id, source, sha256, state) VALUES ('r', 'app.sqlite', 'x', 'loading');
       INSERT INTO city SELECT n, 'city' FROM generate_series(1, 300) n; INSERT INTO street SELECT generate_series(1, 20);
       INSERT INTO landfall.load_manifest SELECT 'r', name, 'public', name, rows, rows, 0, 0
         FROM (VALUES ('city', 300), ('street', 20)) AS loaded (name, rows)`,
    );
    await connection.query("UPDATE landfall.run SET state = 'finished', finished_at = now()");
    await connection.query("INSERT INTO street VALUES (21)");
  });
  const manifest = async () => {
    const { assertions } = await drill(stack.outputs, { to: "latest" }, silentReporter);
    return assertions.find(({ name }) => name === "content: load manifest");
  };
  const sound = await manifest();
  assert.equal(sound?.passed, true);
  assert.match(
    sound?.detail ?? "",
    /^1 tables hold the 300 rows that were loaded; not applicable to public\.street \(written since\)$/,
  );
  // No deletion that anyone has counted: as where a file was lost.
  await stack.sql("TRUNCATE city");
  const lost = await manifest();
  assert.match(lost?.detail ?? "", /^public\.city holds 0 rows, 300 were loaded/);
  assert.equal(lost && hasFailed(lost), true);
  await stack.sql("DROP TABLE city, street; DELETE FROM landfall.run");
});

test("a drill that was killed leaves nothing that the next one does not remove", { skip }, async () => {
  const { scratch } = stack.outputs.backup.run;
  const script = join(import.meta.dirname, "..", "..", "scripts", "drill.mjs");
  const killed = spawn(process.execPath, [script], {
    stdio: "ignore",
    env: { ...process.env, LANDFALL_OUTPUTS: stack.outputsFile },
  });
  const copies = () => (existsSync(scratch) ? readdirSync(scratch).filter((name) => name.startsWith("drill-")) : []);
  const running = () => copies().some((name) => existsSync(join(scratch, name, "postgres.pid")));
  for (let tries = 0; tries < 600 && !running() && killed.exitCode === null; tries++) await sleep(100);
  assert.ok(running(), "the copy's server was up");
  const gone = once(killed, "exit");
  killHard(killed.pid ?? 0);
  await gone;
  const [left = ""] = copies();
  const server = Number(readFileSync(join(scratch, left, "postgres.pid"), "utf8"));
  const result = await drill(stack.outputs, { to: "latest" }, silentReporter);
  assert.deepEqual(failuresOf(result), []);
  assert.deepEqual(copies(), []);
  assert.equal(
    existsSync(`/proc/${server}/cmdline`) && readFileSync(`/proc/${server}/cmdline`, "utf8").includes(left),
    false,
  );
});

test("a clone of the stack that nobody breaks passes the drill", { skip }, async () => {
  const clone = await cloneStack(stack.outputs);
  try {
    await withConnection(databaseTarget(clone.outputs, "migrator"), archiveNow);
    assert.deepEqual(failuresOf(await drill(clone.outputs, { to: "latest" }, silentReporter)), []);
  } finally {
    await clone.undo();
  }
});

test("every sabotage makes the drill fail, for its cause", { skip }, async () => {
  const chosen = sabotages.filter(({ name }) => all || short.includes(name));
  const { control, verdicts } = await runSabotages(
    chosen,
    (sabotage) => drill(stack.outputs, { to: "latest", ...(sabotage ? { sabotage } : {}) }, silentReporter),
    silentReporter,
  );
  console.log(verdictsText(verdicts));
  assert.deepEqual(failuresOf(control), []);
  assert.equal(killRate(verdicts), 1, verdictsText(verdicts));
  assert.equal(
    existsSync(stack.outputs.backup.run.scratch) &&
      (await readDrills(folderStore(stack.outputs.backup.records))).length > 0,
    true,
  );
});
