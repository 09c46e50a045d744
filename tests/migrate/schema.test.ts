import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Plan } from "../../scripts/lib/migrate/model/plan.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { schemaStatements } from "../../scripts/lib/migrate/schema/statements.ts";
import { differencesOf, migrateFile, planFile } from "../support/migrate.ts";
import { planOf } from "../support/plan.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

const projDb = "/usr/share/proj/proj.db";

let server: TestPostgres;
before(async () => {
  if (!noPostgres) server = await startPostgres();
});
after(async () => {
  await server?.stop();
});

/** Makes everything of a plan in a fresh database and counts what is there then. */
async function make(plan: Plan): Promise<Record<string, number>> {
  return withConnection(await server.freshDatabase(), async (connection) => {
    await createSchema(connection, plan, "run");
    const { keys, indexes, foreignKeys, rest } = schemaStatements(plan);
    for (const { sql } of [...keys, ...indexes, ...foreignKeys, ...rest]) await connection.query(sql);
    const rows = await connection.query<{ kind: string; n: string }>(
      `SELECT 'column' AS kind, count(*) AS n FROM information_schema.columns WHERE table_schema = 'public'
       UNION ALL SELECT 'not null', count(*) FROM information_schema.columns WHERE table_schema = 'public' AND is_nullable = 'NO'
       UNION ALL SELECT contype::text, count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace GROUP BY contype
       UNION ALL SELECT 'index', count(*) FROM pg_indexes WHERE schemaname = 'public'
       UNION ALL SELECT 'view', count(*) FROM pg_views WHERE schemaname = 'public'
       UNION ALL SELECT 'trigger', count(*) FROM pg_trigger WHERE NOT tgisinternal`,
    );
    return Object.fromEntries(rows.map(({ kind, n }) => [kind, Number(n)]));
  });
}

test("an ordinary schema is made with keys, indexes, defaults and foreign keys", { skip: noPostgres }, async () => {
  const plan = planOf(`
    CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, "select" TEXT NOT NULL UNIQUE, "a""b" TEXT DEFAULT 'x');
    CREATE TABLE c (a INT, b INT, p INTEGER NOT NULL DEFAULT 1 REFERENCES p ON DELETE SET NULL, d DECIMAL(5,2) DEFAULT 0.5,
      e BLOB DEFAULT x'00ff', f DATETIME DEFAULT '2020-01-01 00:00:00', g TEXT COLLATE NOCASE UNIQUE, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE g (a INT, b INT, FOREIGN KEY (a, b) REFERENCES c ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
    CREATE INDEX i ON g (a DESC, b); CREATE UNIQUE INDEX u ON p ("a""b" COLLATE NOCASE);`);
  assert.deepEqual(
    plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key }) => key),
    [],
  );
  const made = await make(plan);
  assert.deepEqual([made.p, made.u, made.f, made.index], [2, 2, 2, 6]);
});

test("PROJ's database arrives whole: every object, every value, every view's rows", {
  skip: noPostgres || (!existsSync(projDb) && `no ${projDb}`),
}, async () => {
  const planned = await planFile(projDb);
  const { catalog, plan } = planned;
  assert.deepEqual(
    plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key, reason }) => `${key}: ${reason}`),
    [],
  );
  const { loaded, verified } = await migrateFile(projDb, await server.freshDatabase(), planned);
  assert.equal(
    loaded.tables.reduce((sum, { quarantined }) => sum + quarantined, 0),
    0,
  );
  assert.deepEqual(differencesOf(verified), []);
  const objects = (kind: string) => plan.objects.filter((object) => object.kind === kind).length;
  assert.deepEqual([objects("view"), objects("trigger")], [catalog.views.length, catalog.triggers.length]);
});

test("more tables than a server has locks for are made in parts, and all or none of them", {
  skip: noPostgres,
}, async () => {
  // 50 connections of 64 locks each; a table with an identity takes four or five.
  const names = Array.from({ length: 1200 }, (_, i) => `t${i}`);
  const plan = planOf(names.map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, name TEXT);`).join("\n"));
  await withConnection(await server.freshDatabase(), async (connection) => {
    const tables = () => connection.queryTexts("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    await connection.query("CREATE TABLE t900 (mine text)");
    await assert.rejects(createSchema(connection, plan, "run"), { code: "target", message: /"t900" already exists/ });
    assert.deepEqual(await tables(), [["t900"]]);

    await connection.query("DROP TABLE t900");
    // What a process leaves that is killed half-way, gone on with by the next one of the same run.
    await createSchema(connection, { ...plan, tables: plan.tables.slice(0, 700) }, "run");
    await createSchema(connection, plan, "run");
    await createSchema(connection, plan, "run");
    assert.equal((await tables()).length, 1200);
    await assert.rejects(createSchema(connection, plan, "another run"), { code: "target", message: /already exists/ });
    assert.equal((await tables()).length, 1200);
  });
});
