import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Reporter, silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { examine } from "../../scripts/lib/migrate/examine.ts";
import { takeSnapshot } from "../../scripts/lib/migrate/snapshot/snapshot.ts";
import { accountsSchema, startWriting } from "../support/busy-writer.ts";
import { temporaryFolder } from "../support/folder.ts";

const root = temporaryFolder();
let made = 0;

/** A folder of its own with one database in it. */
function makeSource(sql: string): { file: string; folder: string; run: string } {
  const folder = join(root, `${++made}`);
  mkdirSync(folder);
  const file = join(folder, "app.sqlite");
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
  return { file, folder, run: join(root, `${made}-run`) };
}

/** Everything in a folder, with the bytes of each file. */
const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, sha256(join(folder, name)), statSync(join(folder, name)).mtimeMs]);
const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

function ask(file: string, sql: string): unknown {
  const source = openSource(file);
  try {
    return source.prepare(sql).get()?.[0];
  } finally {
    source.close();
  }
}

const small = "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)";

test("a snapshot is one file with the rows, its hash and no finding, readable by its owner only", async () => {
  const { file, folder, run } = makeSource(small);
  const before = contents(folder);
  const snapshot = await takeSnapshot(file, run, silentReporter);
  assert.equal(ask(snapshot.file, "SELECT count(*) FROM t"), 3n);
  assert.equal(snapshot.sha256, sha256(snapshot.file));
  assert.equal(snapshot.bytes, statSync(snapshot.file).size);
  assert.equal(statSync(snapshot.file).mode & 0o777, 0o600);
  assert.deepEqual([snapshot.integrity, snapshot.foreignKeyViolations], [[], []]);
  assert.deepEqual(readdirSync(run), ["snapshot.sqlite"]);
  assert.deepEqual(contents(folder), before, "nothing was written beside the source");
});

test("a second snapshot takes the place of the first", async () => {
  const { file, run } = makeSource(small);
  await takeSnapshot(file, run, silentReporter);
  const database = new DatabaseSync(file);
  database.exec("INSERT INTO t VALUES (4)");
  database.close();
  const snapshot = await takeSnapshot(file, run, silentReporter);
  assert.equal(ask(snapshot.file, "SELECT count(*) FROM t"), 4n);
});

for (const mode of ["DELETE", "WAL"]) {
  test(`a source in ${mode} mode that is written without a pause is copied as it was at one moment`, async () => {
    const { file, run } = makeSource(`PRAGMA journal_mode = ${mode}; ${accountsSchema}`);
    const writer = await startWriting(file);
    const snapshot = await takeSnapshot(file, run, silentReporter);
    const moves = await writer.stop();
    assert.deepEqual(snapshot.integrity, []);
    const sum = "SELECT (SELECT balance FROM first) + (SELECT balance FROM last)";
    assert.equal(ask(snapshot.file, sum), 2000n);
    const copied = Number(ask(snapshot.file, "SELECT count(*) FROM moves"));
    assert.ok(copied >= 1 && copied <= moves, `${copied} of ${moves} transactions`);
    assert.equal(ask(snapshot.file, "PRAGMA journal_mode"), "delete", "the copy is whole without a log");
  });
}

test("writers are kept out while a file is copied, and the copy is the file byte for byte", async () => {
  const { file, run } = makeSource("CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(4e6))");
  const before = sha256(file);
  const write = `new (require("node:sqlite").DatabaseSync)(process.argv[1]).exec("INSERT INTO t VALUES (1)")`;
  const attempts: string[] = [];
  const writing: Reporter = {
    ...silentReporter,
    progress: (label) => ({
      update() {
        if (label === "snapshot") attempts.push(spawnSync(process.execPath, ["-e", write, file]).stderr.toString());
      },
      done() {},
    }),
  };
  const snapshot = await takeSnapshot(file, run, writing);
  assert.ok(attempts.length >= 3, "some while it was copied");
  for (const said of attempts) assert.match(said, /database is locked/);
  assert.equal(snapshot.sha256, before);
  assert.equal(sha256(snapshot.file), before);
  assert.equal(spawnSync(process.execPath, ["-e", write, file]).status, 0, "afterwards they may");
});

test("rows that are only in the log of a program that runs are in the snapshot", async () => {
  const { file, folder, run } = makeSource(`PRAGMA journal_mode = WAL; ${small}`);
  const program = new DatabaseSync(file);
  program.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (4)");
  const before = sha256(file);
  const snapshot = await takeSnapshot(file, run, silentReporter);
  assert.equal(ask(snapshot.file, "SELECT count(*) FROM t"), 4n);
  assert.equal(sha256(file), before, "the log was not written into the source");
  assert.deepEqual(readdirSync(folder).sort(), ["app.sqlite", "app.sqlite-shm", "app.sqlite-wal"]);
  program.close();
});

/** The state that a program leaves behind that is killed: a log, or a journal of a transaction that did not end. */
function killedProgram(journal: "WAL" | "DELETE"): { folder: string; file: string; run: string } {
  const live = makeSource(`PRAGMA journal_mode = ${journal}; ${small}`);
  const program = new DatabaseSync(live.file);
  program.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 2; PRAGMA cache_spill = 1");
  if (journal === "WAL") program.exec("INSERT INTO t VALUES (4)");
  else
    program.exec(`BEGIN; UPDATE t SET a = -1;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
      INSERT INTO t SELECT randomblob(2000) FROM n`);
  const folder = join(root, `${++made}`);
  mkdirSync(folder);
  for (const name of readdirSync(live.folder).filter((one) => !one.endsWith("-shm")))
    copyFileSync(join(live.folder, name), join(folder, name));
  program.close();
  return { folder, file: join(folder, "app.sqlite"), run: join(root, `${made}-run`) };
}

for (const [journal, rows] of [
  ["WAL", 4n],
  ["DELETE", 3n],
] as const) {
  test(`what a killed program left in ${journal} mode is settled in the copy, not in the source`, async () => {
    const { file, folder, run } = killedProgram(journal);
    assert.equal(readdirSync(folder).length, 2, "there is a log or a journal");
    const before = contents(folder);
    chmodSync(folder, 0o555);
    const snapshot = await takeSnapshot(file, run, silentReporter);
    assert.equal(ask(snapshot.file, "SELECT count(*) FROM t"), rows);
    assert.equal(ask(snapshot.file, "SELECT min(a) FROM t"), 1n);
    assert.deepEqual(readdirSync(run), ["snapshot.sqlite"]);
    assert.deepEqual(contents(folder), before);
  });
}

test("a quiet WAL database gets no log beside it by being read", async () => {
  const { file, folder, run } = makeSource(`PRAGMA journal_mode = WAL; ${small}`);
  const before = contents(folder);
  const snapshot = await takeSnapshot(file, run, silentReporter);
  assert.equal(ask(snapshot.file, "SELECT count(*) FROM t"), 3n);
  assert.deepEqual(contents(folder), before);
});

test("too little space is said before anything is copied", async () => {
  const { file, run } = makeSource(small);
  await assert.rejects(takeSnapshot(file, run, silentReporter, { freeBytes: 60e6 }), {
    code: "machine",
    message: /has 60\.0 MB free, and the copy of the source needs 64\.0 MB/,
  });
  assert.deepEqual(readdirSync(run), []);
});

test("a copy that fails leaves nothing behind", async () => {
  const { file, run } = makeSource("PRAGMA page_size = 512; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(4e6))");
  const failing: Reporter = {
    ...silentReporter,
    progress: () => ({
      update() {
        throw new Error("pulled the plug");
      },
      done() {},
    }),
  };
  await assert.rejects(takeSnapshot(file, run, failing), /pulled the plug/);
  assert.deepEqual(readdirSync(run), []);
});

test("broken foreign keys are counted as SQLite's own check lists them", async () => {
  const { file, run } = makeSource(`
    CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE, a, b, UNIQUE (a, b));
    INSERT INTO parent VALUES (1, 'Ab', 1, 2), (2, '7', 3, NULL);
    CREATE TABLE child(
      p TEXT REFERENCES parent(id), c BLOB REFERENCES parent(code), x, y, gone REFERENCES nowhere,
      FOREIGN KEY (y, x) REFERENCES parent(b, a));
    INSERT INTO child VALUES
      ('1', 'AB', 1, 2, NULL), ('1.0', 'ab ', 3, NULL, 5), ('3', 7, 3, 4, NULL), (NULL, NULL, NULL, NULL, NULL),
      ('x', 'none', 9, 9, 'y');
    CREATE INDEX by_p ON child(p)`);
  const { foreignKeyViolations } = await takeSnapshot(file, run, silentReporter);
  const database = new DatabaseSync(file, { readOnly: true });
  const listed = database
    .prepare(
      'SELECT "table", fkid AS foreignKey, parent, count(*) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2, 3',
    )
    .all()
    .map((row) => ({ ...row }));
  database.close();
  assert.equal(listed.length, 4);
  const order = (a: { foreignKey?: unknown }, b: { foreignKey?: unknown }) =>
    Number(a.foreignKey) - Number(b.foreignKey);
  assert.deepEqual(foreignKeyViolations.sort(order), listed.sort(order));
});

test("a reference to columns that are no key does not hide the other broken ones", async () => {
  const { file, run } = makeSource(`
    CREATE TABLE parent(id INTEGER PRIMARY KEY, plain);
    CREATE TABLE child(a REFERENCES parent(plain), b REFERENCES parent);
    INSERT INTO child VALUES (1, 1)`);
  const { foreignKeyViolations } = await takeSnapshot(file, run, silentReporter);
  assert.deepEqual(foreignKeyViolations, [{ table: "child", foreignKey: 0, parent: "parent", rows: 1 }]);
});

test("damage that SQLite's check finds is listed", async () => {
  const { file, run } = makeSource("CREATE TABLE t(a); INSERT INTO t VALUES ('needle'); CREATE INDEX i ON t(a)");
  const pages = readFileSync(file);
  pages.write("noodle", pages.lastIndexOf("needle"));
  writeFileSync(file, pages);
  const { integrity } = await takeSnapshot(file, run, silentReporter);
  assert.deepEqual(integrity, ["row 1 missing from index i"]);
});

test("a page that lost its rows, which a scan does not notice, is refused", async () => {
  const { file, run } = makeSource(
    "CREATE TABLE t(a); INSERT INTO t SELECT value FROM json_each('[1,2,3,4]'); CREATE TABLE u(a); INSERT INTO u VALUES (1)",
  );
  const pages = readFileSync(file);
  // The root page of t is the file's second; bytes 3 and 4 of a leaf are the number of its rows.
  pages.writeUInt16BE(2, 4096 + 3);
  writeFileSync(file, pages);
  const database = new DatabaseSync(file);
  assert.equal(database.prepare("SELECT count(*) AS n FROM t").get()?.n, 2);
  database.close();
  await assert.rejects(takeSnapshot(file, run, silentReporter), {
    code: "source",
    message: /is damaged: .*page 2/,
    hint: /\.recover/,
  });
});

test("what is profiled while the snapshot is checked counts only once the checks are through", async () => {
  const { file, run } = makeSource(small);
  const whole = examine(file, run, silentReporter);
  assert.equal((await whole.profiled).profile.tables[0]?.rows, 3);
  assert.equal((await whole.snapshot).sha256, sha256(join(run, "snapshot.sqlite")));

  const damaged = makeSource(`${small}; CREATE TABLE u(a); INSERT INTO u VALUES (zeroblob(200000))`);
  const pages = readFileSync(damaged.file);
  // The root page of t, whose rows the profile reads.
  pages.fill(0xff, 4096, 8192);
  writeFileSync(damaged.file, pages);
  const broken = examine(damaged.file, damaged.run, silentReporter);
  await assert.rejects(broken.snapshot, { code: "source", message: /is damaged/ });
  await assert.rejects(broken.profiled, { code: "source", message: /is damaged/ });

  const absent = examine(join(run, "absent.sqlite"), run, silentReporter);
  await assert.rejects(absent.snapshot, { code: "source" });
  await assert.rejects(absent.profiled, { code: "source" });
});

test("a damaged file that is large enough for threads is refused for what SQLite's checks say, whatever the profile came to", async () => {
  const { file, run } = makeSource(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO t SELECT i, 'row ' || i, zeroblob(500) FROM n`);
  const whole = readFileSync(file);
  assert.ok(whole.length > 8e6);
  assert.equal((await examine(file, run, silentReporter).profiled).profile.tables[0]?.rows, 20000);
  const leaf = (number: number) => {
    let at = number * 4096;
    while (whole[at] !== 13) at += 4096;
    return at;
  };
  const damages: Record<string, (bytes: Buffer) => void> = {
    "a leaf of nothing but ones": (bytes) => bytes.fill(0xff, leaf(900), leaf(900) + 4096),
    "cells beyond the page": (bytes) => bytes.fill(0xff, leaf(500) + 8, leaf(500) + 40),
    "rows whose header is garbage": (bytes) => bytes.fill(0xff, leaf(700) + 3000, leaf(700) + 3200),
    "a leaf that says it is an index's": (bytes) => bytes.fill(10, leaf(300), leaf(300) + 1),
  };
  for (const [what, damage] of Object.entries(damages)) {
    const bytes = Buffer.from(whole);
    damage(bytes);
    writeFileSync(file, bytes);
    const checked = await takeSnapshot(file, run, silentReporter).then(
      () => "no error",
      (error: Error) => error.message,
    );
    assert.match(checked, /is damaged/, what);
    const broken = examine(file, run, silentReporter);
    await assert.rejects(broken.snapshot, { code: "source", message: checked }, what);
    await assert.rejects(broken.profiled, { code: "source", message: checked }, what);
  }
});
