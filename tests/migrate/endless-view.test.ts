import assert from "node:assert/strict";
import { test } from "node:test";
import { fileOf, migrateFile, planFile } from "../support/migrate.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";

test("a view that never ends is named, and the views after it are still compared", { skip: noPostgres }, async () => {
  const file = fileOf(`
    CREATE TABLE t (id INTEGER PRIMARY KEY);
    INSERT INTO t VALUES (1), (2);
    CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
    CREATE VIEW sound AS SELECT id FROM t;`);
  const postgres = await startPostgres();
  try {
    const target = await postgres.freshDatabase();
    const { verified } = await migrateFile(file, target, await planFile(file), { viewLimitMs: 500 });
    assert.equal(verified.equal, false);
    const said = verified.differences.map(({ kind, table, text }) => `${kind} ${table}: ${text}`);
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(said[0] ?? "", /^view endless: .*in SQLite it was still giving rows after 0.5 s/);
  } finally {
    await postgres.stop();
  }
});
