import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { besideRecords, dump, overNetwork } from "../../scripts/lib/backup/dump.ts";
import { planRestoreDump, restoreDump } from "../../scripts/lib/backup/restore-dump.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { sampleData } from "../support/sample.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";

const skip = noStack;
let stack: TestStack;

before(async () => {
  if (skip) return;
  stack = await startStack();
  await sampleData(stack, 300);
});
after(() => stack?.stop());

test("a dump comes back as it was, grants and all, over what is there", { skip }, async () => {
  const into = join(stack.folder, "dumps");
  const first = await dump(besideRecords(stack.outputs), into, 2, 2, silentReporter);
  assert.equal(first.tables, 2);
  assert.equal(readlinkSync(join(into, "latest")), first.folder.split("/").at(-1));
  await stack.sql("DROP TABLE purchase CASCADE; CREATE TABLE other (x int); DELETE FROM customer WHERE id > 7");
  const plan = await planRestoreDump(besideRecords(stack.outputs), join(into, "latest"));
  assert.deepEqual(plan.replaced, ["public.customer", "public.other"]);
  const result = await restoreDump(besideRecords(stack.outputs), plan, 2, silentReporter);
  assert.match(result.restorePoint ?? "", /^before restore-dump/);
  const [row] = await stack.sql(
    "SELECT count(*)::int AS n, has_table_privilege('app', 'purchase', 'INSERT') AS app, (SELECT count(*)::int FROM spent) AS view FROM purchase",
  );
  assert.deepEqual(row, { n: 300, app: true, view: 300 });
  assert.deepEqual(await stack.sql("SELECT to_regclass('other') AS gone"), [{ gone: null }]);
});

test("a changed dump is refused, and old ones are removed", { skip }, async () => {
  const into = join(stack.folder, "more");
  const made = [];
  for (let i = 0; i < 3; i++) {
    made.push(await dump(besideRecords(stack.outputs), into, 1, 2, silentReporter));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  assert.equal(readdirSync(into).filter((name) => /^app-/.test(name)).length, 2);
  appendFileSync(join(made[2]?.folder ?? "", "toc.dat"), "x");
  await assert.rejects(
    planRestoreDump(besideRecords(stack.outputs), made[2]?.folder),
    /toc\.dat is not as it was written/,
  );
});

test("a database that is only reached over the network, as RDS, is dumped and brought back by this machine's programs", {
  skip,
}, async () => {
  const place = await overNetwork(stack.outputs);
  const into = join(stack.folder, "over-network");
  const made = await dump(place, into, 2, 2, silentReporter);
  const rows = Number((await stack.sql<{ n: string }>("SELECT count(*) AS n FROM customer"))[0]?.n);
  await stack.sql("DELETE FROM purchase; DELETE FROM customer");
  const back = await restoreDump(place, await planRestoreDump(place, made.folder), 2, silentReporter);
  assert.equal(back.tables, made.tables);
  assert.equal(Number((await stack.sql<{ n: string }>("SELECT count(*) AS n FROM customer"))[0]?.n), rows);
  const newer = { ...stack.outputs, database: { ...stack.outputs.database, major: 99 } };
  await assert.rejects(overNetwork(newer), /pg_dump of PostgreSQL 99 or later is needed, and this machine has \d+/);
});
