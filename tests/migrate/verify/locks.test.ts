import assert from "node:assert/strict";
import { test } from "node:test";
import { withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import { TargetConnections } from "../../../scripts/lib/migrate/verify/target-connections.ts";
import { noPostgres, startPostgres } from "../../support/postgres.ts";

// 5,000 tables and their indexes are more than a server's default has locks for.
test("a table that was looked at is locked no longer, and all are seen at one moment", {
  skip: noPostgres,
}, async () => {
  const names = ["a", "b", "c", "d", "e"];
  const postgres = await startPostgres();
  try {
    const target = await postgres.freshDatabase();
    await withConnection(target, (writer) =>
      writer.query(names.map((name) => `CREATE TABLE ${name} (n int)`).join(";")),
    );
    const connections = await TargetConnections.open(target, 2);
    const held: number[] = [];
    const rows: number[] = [];
    await connections.each(names, async (name, connection) => {
      await withConnection(target, (writer) => writer.query(`INSERT INTO ${name} VALUES (1)`));
      const found = await connection.one<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${name}`);
      const locks = await connection.one<{ held: number }>(
        `SELECT count(*)::int AS held FROM pg_locks JOIN pg_class c ON c.oid = relation
         WHERE pid = pg_backend_pid() AND relname = ANY('{${names.join(",")}}')`,
      );
      rows.push(found.rows);
      held.push(locks.held);
    });
    await connections.close();
    assert.deepEqual(rows, [0, 0, 0, 0, 0]);
    assert.deepEqual(held, [1, 1, 1, 1, 1]);
  } finally {
    await postgres.stop();
  }
});
