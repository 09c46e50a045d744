import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pidOf, release } from "../../machine/daemon.ts";
import { run } from "../../machine/run.ts";
import { readArchive } from "../../scripts/lib/backup/archive.ts";
import { backup } from "../../scripts/lib/backup/backup.ts";
import { backupsOverview, overviewText } from "../../scripts/lib/backup/overview.ts";
import { setRestorePoint } from "../../scripts/lib/backup/restore-points.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { databaseTarget } from "../../scripts/lib/stack/targets.ts";
import { problemOf } from "../support/checkout.ts";
import { killHard, untilDeserted } from "../support/kill.ts";
import { sampleData } from "../support/sample.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";

// Each test restores to another kind of target, over the verb, as a person would.
const skip = noStack;
const root = join(import.meta.dirname, "..", "..");
let stack: TestStack;

before(async () => {
  if (skip) return;
  stack = await startStack({ second: true });
  await sampleData(stack, 500);
  await backup(stack.outputs, "full", true, silentReporter);
});
after(() => stack?.stop());

const verb = (name: string, ...args: string[]) =>
  run(process.execPath, [join(root, "scripts", `${name}.mjs`), ...args], {
    cwd: root,
    env: { ...process.env, LANDFALL_OUTPUTS: stack.outputsFile },
  });
const count = async () => Number((await stack.sql<{ n: string }>("SELECT count(*) AS n FROM customer"))[0]?.n);
const add = (name: string) => stack.sql(`INSERT INTO customer (name) VALUES ('${name}')`);
const now = async () => (await stack.sql<{ t: Date }>("SELECT clock_timestamp() AS t"))[0]?.t.toISOString() ?? "";
const timeline = async () => {
  const connection = await stack.superuser();
  const { t } = await connection.one<{ t: number }>("SELECT timeline_id AS t FROM pg_control_checkpoint()");
  await connection.close();
  return t;
};

test("backups lists what there is, in both repositories, and what can be recovered", { skip }, async () => {
  const overview = await backupsOverview(stack.outputs);
  assert.deepEqual(overview.backups.map(({ backup: { type, repository } }) => [type, repository]).sort(), [
    ["full", 1],
    ["full", 2],
  ]);
  assert.ok(overview.span && overview.span.until >= overview.span.from);
  assert.match(overviewText(overview, new Date()), /any moment from .* can be restored\n.*never drilled/s);
});

test("a restore without --yes changes nothing and names the flag", { skip }, async () => {
  await sleep(1100);
  const time = await now();
  await add("LATE");
  const refused = await verb("restore", "--time", time);
  assert.equal(refused.code, 2, refused.stderr);
  const { error, hint } = problemOf(refused);
  assert.match(error, /lost: everything that was committed after/);
  assert.match(hint, /--yes/);
  assert.equal(await count(), 501);
  const dry = await verb("restore", "--time", time, "--dry-run");
  assert.match(
    dry.stdout,
    /lost: everything that was committed after .* up to now, .* of WAL|lost: everything that was committed after .* up to now/,
  );
});

test("a time outside the recoverable span is refused before anything is done", { skip }, async () => {
  for (const time of ["2001-01-01T00:00:00Z", new Date(Date.now() + 3_600_000).toISOString()]) {
    const refused = await verb("restore", "--time", time, "--yes");
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(problemOf(refused).error, /is outside the recoverable span: it can be restored from/);
  }
  assert.match(
    problemOf(await verb("restore", "--time", "2026-01-01 02:00", "--yes")).error,
    /not a time with its zone/,
  );
  assert.equal(await count(), 501);
});

test("in place to a time on an idle database: what was written later is gone, the old data is kept, the timeline is new", {
  skip,
}, async () => {
  await sleep(1100);
  const time = await now();
  await sleep(50);
  await add("TOO LATE");
  const before = await timeline();
  const restored = await verb("restore", "--time", time, "--yes", "--json");
  assert.equal(restored.code, 0, restored.stderr);
  const result = JSON.parse(restored.stdout);
  assert.equal(await count(), 501);
  assert.ok((await timeline()) > before);
  assert.ok(existsSync(join(result.oldData, "PG_VERSION")));
  const removed = await verb("restore", "--remove-old");
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(existsSync(result.oldData), false);
});

test("in place to a restore point, from the backup before it, across the new timeline", { skip }, async () => {
  const point = await withConnection(databaseTarget(stack.outputs, "migrator"), (connection) =>
    setRestorePoint(connection, "before deploy"),
  );
  assert.equal(point.name, "before deploy");
  await stack.sql("DROP TABLE purchase CASCADE");
  const restored = await verb("restore", "--name", "before deploy", "--yes");
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal((await stack.sql("SELECT 1 FROM purchase LIMIT 1")).length, 1);
  assert.match(
    problemOf(await verb("restore", "--name", "nothing", "--yes")).error,
    /no record of a restore point nothing/,
  );
});

test("in place to a transaction", { skip }, async () => {
  await backup(stack.outputs, "incr", false, silentReporter);
  const [row] = await stack.sql<{ x: string }>(
    "INSERT INTO customer (name) VALUES ('WANTED') RETURNING pg_current_xact_id()::text AS x",
  );
  await add("UNWANTED");
  const restored = await verb("restore", "--xid", row?.x ?? "", "--yes");
  assert.equal(restored.code, 0, restored.stderr);
  assert.deepEqual(await stack.sql("SELECT name FROM customer WHERE name LIKE '%WANTED'"), [{ name: "WANTED" }]);
});

test("a restore that fails puts the old data back and starts it", { skip }, async () => {
  await add("PRECIOUS");
  const rows = await count();
  const refused = await verb("restore", "--xid", "999999999", "--yes");
  assert.equal(refused.code, 11, refused.stderr);
  assert.match(problemOf(refused).error, /did not recover: .*the database is as it was before, and runs/);
  assert.equal(await count(), rows);
});

test("beside the database: a copy on its own port that archives nothing, until it is removed", { skip }, async () => {
  const rows = await count();
  const made = await verb("restore", "--beside", "--json");
  assert.equal(made.code, 0, made.stderr);
  const { id, port, socket, folder } = JSON.parse(made.stdout);
  const psql = await run(join(stack.outputs.backup.run.serverBin, "psql"), [
    "-XAtq",
    "-h",
    socket,
    "-p",
    String(port),
    "-U",
    "postgres",
    "-d",
    "app",
    "-c",
    "SHOW archive_mode",
    "-c",
    "SELECT count(*) FROM customer",
    "-c",
    "SHOW fsync",
  ]);
  assert.equal(psql.stdout, `off\n${rows}\non\n`);
  assert.equal((await verb("restore", "--remove-copy", id)).code, 0);
  assert.equal(existsSync(folder), false);
});

test("a delta restore does not take what a killed server left for a sign that it runs", { skip }, async () => {
  const { dataDirectory } = stack.outputs.backup;
  killHard(pidOf(stack.server) ?? 0);
  await untilDeserted(dataDirectory);
  assert.ok(existsSync(join(dataDirectory, "postmaster.pid")));
  const restored = await verb("restore", "--delta", "--yes");
  assert.equal(restored.code, 0, restored.stderr);
  assert.ok((await count()) > 0);
});

test("a restore that was killed is done again, and the data of before is not lost", { skip }, async () => {
  const { dataDirectory, records } = stack.outputs.backup;
  const before = await count();
  const [old = ""] = (await verb("restore", "--yes", "--json")).stdout.match(/[^"]*before-\d+/) ?? [];
  // As a killed restore leaves it: the old data aside, a part of a backup in its place, and its note.
  const server = JSON.parse(await run("cat", [join(stack.run, "postgres.daemon.json")]).then(({ stdout }) => stdout));
  await release(server);
  await run("rm", ["-f", join(dataDirectory, "global", "pg_control")]);
  writeFileSync(join(records, "restore-in-progress.json"), JSON.stringify({ server, oldData: old }));
  for (const name of ["backup", "drill", "dump", "status"]) {
    const refused = await verb(name);
    assert.notEqual(refused.code, 0, name);
    assert.match(refused.stderr, /^Error: a restore in place of the stack test was cut short.*\nTry: npm run restore/m);
  }
  assert.match((await verb("backups")).stdout, /was cut short: .*npm run restore/);
  const again = await verb("restore", "--yes", "--json");
  assert.equal(again.code, 0, again.stderr);
  assert.equal(JSON.parse(again.stdout).oldData, old);
  assert.equal(await count(), before);
  assert.ok(readdirSync(dirname(dataDirectory)).includes(old.split("/").at(-1) ?? ""));
});

test("with the data folder lost, all that was archived comes back; with the first repository lost too, from the second", {
  skip,
}, async () => {
  const rows = await count();
  await backup(stack.outputs, "full", false, silentReporter);
  const [repository = "", second = ""] = stack.outputs.backup.repositories;
  for (const lost of ["", repository]) {
    await add("ARCHIVED");
    await stack.sql("SELECT pg_switch_wal()");
    const marker = (await readArchive(stack.outputs.backup, 2)).segments.size;
    for (let i = 0; i < 100 && (await readArchive(stack.outputs.backup, 2)).segments.size === marker; i++)
      await sleep(100);
    killHard(pidOf(stack.server) ?? 0);
    const { dataDirectory } = stack.outputs.backup;
    await untilDeserted(dataDirectory);
    const gone = [dataDirectory, ...(lost ? [join(lost, "backup"), join(lost, "archive")] : [])];
    for (const path of gone) rmSync(path, { recursive: true, maxRetries: 20, retryDelay: 100 });
    const dry = await verb("restore", "--dry-run");
    assert.match(dry.stdout, /the database does not answer/);
    const restored = await verb("restore", "--yes");
    if (!lost) assert.equal(restored.code, 0, restored.stderr);
    // The first repository has to be made anew before WAL can go to both again; the data is back all the same.
    else assert.match(restored.stderr, /check failed/, restored.stderr);
    assert.ok(existsSync(second));
    assert.ok((await count()) > rows);
  }
});
