import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { planAgainst } from "../../scripts/lib/migrate/plan/against.ts";
import { emptyMapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { profileSource } from "../../scripts/lib/migrate/profile/profile.ts";
import { deployFiles } from "../../scripts/lib/schema-deploy/sql-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { differencesOf, fileOf, migrateFile, planFile } from "../support/migrate.ts";
import { accountOf, columnOf } from "../support/plan.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

let postgres: TestPostgres;

const source = `
  CREATE TABLE "_prisma_migrations" (id TEXT PRIMARY KEY, checksum TEXT NOT NULL);
  INSERT INTO "_prisma_migrations" VALUES ('1', 'x');
  CREATE TABLE "User" (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    role TEXT NOT NULL DEFAULT 'USER', settings TEXT, active BOOLEAN NOT NULL DEFAULT true);
  CREATE UNIQUE INDEX "User_email_key" ON "User"(email);
  CREATE TABLE "Post" (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, "authorId" INTEGER NOT NULL,
    CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" (id) ON DELETE RESTRICT ON UPDATE CASCADE);
  INSERT INTO "User" (id, email, "createdAt", settings, active) VALUES (1, 'a@b.c', 1700000000123, '{"a": 1}', 1), (7, 'd@e.f', -1000, NULL, 0);
  INSERT INTO "Post" VALUES (1, 'first', 1), (2, 'second', 7);`;

const deployed = {
  "001_types.sql": `CREATE TYPE mood AS ENUM ('USER', 'ADMIN');`,
  "002_tables.sql": `
    CREATE TABLE "_prisma_migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied int DEFAULT 0);
    INSERT INTO "_prisma_migrations" VALUES ('pg', 'y');
    CREATE TABLE "User" (id serial PRIMARY KEY, "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, email text NOT NULL,
      role text NOT NULL DEFAULT 'USER', settings jsonb, active boolean NOT NULL DEFAULT true, note text);
    CREATE UNIQUE INDEX "User_email_key" ON "User" (email);
    CREATE TABLE "Post" (id serial PRIMARY KEY, title text NOT NULL, "authorId" integer NOT NULL
      CONSTRAINT "Post_authorId_fkey" REFERENCES "User" (id) ON DELETE RESTRICT ON UPDATE CASCADE);`,
};

const folder = temporaryFolder();

function filesOf(name: string, files: Record<string, string>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, sql] of Object.entries(files)) writeFileSync(join(path, file), sql);
  return path;
}

async function plannedFor(file: string, target: Target) {
  const { catalog } = await planFile(file);
  const profile = await profileSource(file, catalog, silentReporter);
  return { catalog, plan: await withConnection(target, (c) => planAgainst(catalog, profile, c, emptyMapping)) };
}

describe("a schema that is there before the data", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  test("files are applied once and in order, and one that changed is refused", async () => {
    const target = await postgres.freshDatabase();
    const path = filesOf("once", deployed);
    assert.deepEqual(await deployFiles(target, path, true), {
      applied: ["001_types.sql", "002_tables.sql"],
      before: 0,
    });
    assert.deepEqual(await deployFiles(target, path), { applied: ["001_types.sql", "002_tables.sql"], before: 0 });
    writeFileSync(join(path, "003_more.sql"), "CREATE TABLE more (a int)");
    const both = await Promise.all([deployFiles(target, path), deployFiles(target, path)]);
    assert.deepEqual(both.map(({ applied }) => applied).sort(), [[], ["003_more.sql"]]);
    writeFileSync(join(path, "001_types.sql"), "SELECT 1");
    await assert.rejects(
      deployFiles(target, path),
      (error: LandfallError) => error.code === "target" && /001|types/.test(error.message),
    );
  });

  test("a file that fails leaves nothing behind", async () => {
    const target = await postgres.freshDatabase();
    const path = filesOf("fails", {
      "001_a.sql": "CREATE TABLE a (b int)",
      "002_b.sql": "CREATE TABLE c (d int); SELECT nonsense;",
    });
    await assert.rejects(deployFiles(target, path), (error: LandfallError) => error.code === "target");
    const names = await withConnection(target, (c) =>
      c.queryTexts("SELECT relname FROM pg_class WHERE relname IN ('a', 'c')"),
    );
    assert.deepEqual(names, [["a"]]);
  });

  test("an application's own table called migrations is neither taken for the deployment's nor changed", async () => {
    const target = await postgres.freshDatabase();
    const path = filesOf("laravel", {
      "001_tables.sql":
        "CREATE TABLE migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch int NOT NULL);",
      "002_more.sql": "SET search_path = pg_catalog; CREATE TABLE public.users (id serial PRIMARY KEY);",
    });
    const done = { applied: ["001_tables.sql", "002_more.sql"], before: 0 };
    assert.deepEqual(await deployFiles(target, path, true), done);
    assert.deepEqual(await deployFiles(target, path), done);
    assert.deepEqual(await deployFiles(target, path), { applied: [], before: 2 });
    const file = fileOf(`
      CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, migration VARCHAR NOT NULL, batch INTEGER NOT NULL);
      CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL);
      INSERT INTO migrations VALUES (1, '2014_create_users', 1), (2, '2015_add', 2); INSERT INTO users VALUES (7)`);
    const planned = await plannedFor(file, target);
    assert.equal(accountOf(planned.plan, "table migrations").outcome, "migrated");
    const { loaded, verified } = await migrateFile(file, target, planned);
    assert.deepEqual(differencesOf(verified), []);
    assert.deepEqual(
      loaded.tables.map((table) => [table.source, table.loaded]),
      [
        ["migrations", 2],
        ["users", 1],
      ],
    );
    assert.deepEqual(await deployFiles(target, path), { applied: [], before: 2 });
  });

  test("values go into the deployed types, sequences go on, and the deployment's own table stays", async () => {
    const target = await postgres.freshDatabase();
    await deployFiles(target, filesOf("prisma", deployed));
    const file = fileOf(source);
    const planned = await plannedFor(file, target);
    const { plan } = planned;
    assert.deepEqual(
      plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key, reason }) => `${key}: ${reason}`),
      [],
    );
    assert.equal(columnOf(plan, "User.createdAt").type, "timestamp(3)");
    assert.deepEqual(columnOf(plan, "User.createdAt").convert, { as: "local", integer: "millis" });
    assert.equal(accountOf(plan, "table _prisma_migrations").reason, "the deployment keeps its own there");
    const { loaded, verified } = await migrateFile(file, target, planned);
    assert.deepEqual(
      loaded.tables.map(({ source: name, loaded: rows }) => [name, rows]),
      [
        ["User", 2],
        ["Post", 2],
      ],
    );
    assert.deepEqual(differencesOf(verified), []);
    const made = await withConnection(target, (c) =>
      c.queryTexts(`INSERT INTO "User" (email) VALUES ('new') RETURNING id, role`),
    );
    assert.deepEqual(made, [["8", "USER"]]);
    const moments = await withConnection(target, (c) =>
      c.queryTexts(`SELECT "createdAt" FROM "User" WHERE id IN (1, 7) ORDER BY id`),
    );
    assert.deepEqual(moments, [["2023-11-14 22:13:20.123"], ["1969-12-31 23:59:59"]]);
  });

  test("what the deployed schema lacks is undecided, by name", async () => {
    const target = await postgres.freshDatabase();
    const tables = `CREATE TABLE users (id int, mail text, must text NOT NULL); CREATE TABLE "Post" (id int PRIMARY KEY, title text NOT NULL, author_id int);`;
    await deployFiles(target, filesOf("lacks", { "001_tables.sql": tables }));
    const { plan } = await plannedFor(fileOf(source), target);
    const undecided = plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key }) => key);
    for (const key of [
      "table _prisma_migrations",
      "column User.email",
      "primary key User",
      "foreign key Post.0",
      "not null Post.authorId",
      "target column User.must",
    ]) {
      assert.ok(undecided.includes(key), `${key} is not among ${undecided.join(", ")}`);
    }
    assert.equal(columnOf(plan, "Post.authorId").target, "author_id");
  });
});
