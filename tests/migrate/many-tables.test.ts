import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { migrate } from "../../scripts/lib/migrate/migrate.ts";
import { migrateDefaults } from "../../scripts/lib/migrate/options.ts";
import { migrationOutcome } from "../../scripts/lib/migrate/summary.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";
import { sqliteFile } from "../support/sqlite.ts";

const tables = 300;

const oneTable = (i: number) => `
  CREATE TABLE item_${i} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, made DATETIME DEFAULT CURRENT_TIMESTAMP,
    owner INTEGER REFERENCES item_${Math.max(0, i - 1)} (id), flag BOOLEAN NOT NULL DEFAULT 0 CHECK (flag IN (0, 1)));
  CREATE INDEX item_${i}_owner ON item_${i} (owner);
  INSERT INTO item_${i} VALUES (1, 'a', 1.5, '2024-01-01 10:00:00', NULL, 1), (2, 'b', 2.5, '2024-01-02 10:00:00', 1, 0);`;

// What a table costs, not how long it takes: 5,000 tables have 5,000 times as much of it.
test("hundreds of tables take few transactions, a short plan and a short summary", {
  skip: noPostgres,
}, async () => {
  const folder = temporaryFolder();
  const postgres = await startPostgres();
  try {
    const target = await postgres.freshDatabase();
    const destination = { target, name: target.database, outputs: null, runs: join(folder, "runs") };
    const schema = Array.from({ length: tables }, (_, i) => oneTable(i)).join("");
    const sqlite = sqliteFile(join(folder, "many.sqlite"), `BEGIN;${schema}COMMIT;`);
    const transactions = async () => {
      const sql = "SELECT xact_commit::int AS n FROM pg_stat_database WHERE datname = current_database()";
      return (await withConnection(target, (connection) => connection.one<{ n: number }>(sql))).n;
    };
    const before = await transactions();
    const migration = await migrate(destination, { ...migrateDefaults, sqlite }, silentReporter);
    assert.equal(migration.verify.equal, true);
    assert.equal(migration.verify.rows, 2 * tables);
    const done = (await transactions()) - before;
    assert.ok(done < 3 * tables, `${done} transactions for ${tables} tables`);
    assert.equal(migration.finish.sequences.length, tables);
    assert.deepEqual(new Set(migration.finish.sequences.map(({ next }) => next)), new Set(["3"]));
    const size = (name: string) => statSync(migration.run.path(name)).size / tables;
    assert.ok(size("plan.yaml") < 5_000, `${size("plan.yaml")} bytes of plan.yaml a table`);
    assert.ok(size("report.html") < 6_000, `${size("report.html")} bytes of report.html a table`);
    const lines = migrationOutcome(migration).text?.split("\n") ?? [];
    assert.ok(lines.length < 70, `${lines.length} lines`);
    assert.match(lines.join("\n"), /… and 250 smaller tables: equal, and none has rows in quarantine/);
  } finally {
    await postgres.stop();
  }
});
