import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { forgetRuns } from "../../scripts/lib/migrate/control/forget.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { load } from "../../scripts/lib/migrate/load/load.ts";
import type { ConstraintPlan, Plan, TablePlan } from "../../scripts/lib/migrate/model/plan.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { inputOf, makeTables, planOf, sourceFile, tablePlan } from "./load/fixture.ts";

let postgres: TestPostgres;

describe("finish", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  const source = () =>
    sourceFile("shop", (database) => {
      database.exec(`
        CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, UNIQUE (name));
        CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent);
        CREATE TABLE empty (id INTEGER PRIMARY KEY);
        INSERT INTO parent (name) VALUES ('a'), ('b'), ('c');
        DELETE FROM parent WHERE name = 'c';
        INSERT INTO child (parent) VALUES (1), (2), (2), (99);
      `);
    });

  function shopPlan(): Plan {
    const parent = identified(
      tablePlan("parent", [
        ["id", "bigint", "integer"],
        ["name", "text", "text"],
      ]),
      [
        constraint("parent_pkey", "primary", "PRIMARY KEY (id)"),
        constraint("parent_name_key", "unique", "UNIQUE (name)"),
      ],
    );
    for (const column of parent.columns) column.notNull = true;
    const child = identified(
      tablePlan("child", [
        ["id", "bigint", "integer"],
        ["parent", "bigint", "integer"],
      ]),
      [
        constraint("child_pkey", "primary", "PRIMARY KEY (id)"),
        constraint("child_parent_fkey", "foreign", "FOREIGN KEY (parent) REFERENCES parent (id)"),
        constraint("child_id_check", "check", "CHECK (id > 0)"),
      ],
    );
    const empty = identified(tablePlan("empty", [["id", "bigint", "integer"]]), []);
    parent.comment = "parents: it's them";
    return planOf([parent, child, empty], {
      objects: [
        {
          kind: "index",
          name: "child_parent",
          sql: ["CREATE INDEX child_parent ON child (parent)"],
          account: "index child_parent",
        },
        { kind: "view", name: "names", sql: ["CREATE VIEW names AS SELECT name FROM parent"], account: "view names" },
      ],
    });
  }

  test("makes keys, indexes, constraints, views and comments; a constraint that rows break stays NOT VALID and is named", async () => {
    const target = await postgres.freshDatabase();
    const plan = shopPlan();
    await withConnection(target, (connection) => createSchema(connection, plan, "0123456789abcdef"));
    const input = inputOf(source(), plan, target);
    await load(input, silentReporter);
    const first = await finish(input, silentReporter);
    const again = await finish(input, silentReporter);
    assert.deepEqual(again.notValid, first.notValid);
    assert.deepEqual(
      first.notValid.map(({ name }) => name),
      ["child_parent_fkey"],
    );
    assert.match(first.notValid[0]?.reason ?? "", /child_parent_fkey.*\(parent\)=\(99\)/);
    assert.deepEqual(first.sequences, [
      { table: "parent", column: "id", next: "4" },
      { table: "child", column: "id", next: "5" },
      { table: "empty", column: "id", next: "1" },
    ]);
    await withConnection(target, async (connection) => {
      const made = await connection.queryTexts(`
        SELECT conname, convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexname, 'index' FROM pg_indexes WHERE indexname = 'child_parent'
        UNION ALL SELECT 'comment', obj_description('parent'::regclass) ORDER BY 1`);
      assert.deepEqual(made, [
        ["child_id_check", "true"],
        ["child_parent", "index"],
        ["child_parent_fkey", "false"],
        ["child_pkey", "true"],
        ["comment", "parents: it's them"],
        ["parent_name_key", "true"],
        ["parent_pkey", "true"],
      ]);
      const [row] = await connection.query("INSERT INTO parent (name) VALUES ('d') RETURNING id");
      assert.deepEqual(row, { id: "4" });
      const [bare] = await connection.query("INSERT INTO empty DEFAULT VALUES RETURNING id");
      assert.deepEqual(bare, { id: "1" });
    });
  });

  test("a large table's keys are built as indexes first, and are the constraints that they would have been; a broken one is named", async () => {
    const file = sourceFile("large", (database) => {
      database.exec(`
        CREATE TABLE note (id INTEGER PRIMARY KEY, code TEXT, body TEXT);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
        INSERT INTO note SELECT i, 'c' || (i % 8), printf('%01000000d', i) FROM n;`);
    });
    const target = await postgres.freshDatabase();
    const note = identified(
      tablePlan("note", [
        ["id", "bigint", "integer"],
        ["code", "text", "text"],
        ["body", "text", "text"],
      ]),
      [
        constraint("note_pkey", "primary", "PRIMARY KEY (id)"),
        constraint("note_code_key", "unique", "UNIQUE (code)"),
        constraint("note_id_code_key", "unique", "UNIQUE (id, code) DEFERRABLE"),
      ],
    );
    const index = {
      name: "note_code",
      sql: ["CREATE INDEX note_code ON public.note (code)"],
      account: "index note_code",
    };
    const plan = planOf([note], { objects: [{ kind: "index", ...index }] });
    await withConnection(target, (connection) => createSchema(connection, plan, "0123456789abcdef"));
    const input = inputOf(file, plan, target);
    await load(input, silentReporter);
    const first = await finish(input, silentReporter);
    assert.deepEqual((await finish(input, silentReporter)).refused, first.refused);
    assert.deepEqual(
      first.refused.map(({ name, made }) => [name, made]),
      [["note_code_key", false]],
    );
    assert.match(first.refused[0]?.reason ?? "", /\(code\)=\(c1\) is duplicated/);
    const made = await withConnection(target, (connection) =>
      connection.queryTexts(`
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'note'::regclass
        UNION ALL SELECT 'index', string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'note' ORDER BY 1`),
    );
    assert.deepEqual(made, [
      ["index", "note_code note_id_code_key note_pkey"],
      ["note_id_code_key", "UNIQUE (id, code) DEFERRABLE"],
      ["note_pkey", "PRIMARY KEY (id)"],
    ]);
  });

  test("what stood on the target's tables is out of the way for the load and is put back", async () => {
    const target = await postgres.freshDatabase();
    const plan = planOf([
      tablePlan("parent", [
        ["id", "bigint", "integer"],
        ["name", "text", "text"],
      ]),
      tablePlan("child", [
        ["id", "bigint", "integer"],
        ["parent", "bigint", "integer"],
      ]),
    ]);
    await makeTables(target, plan);
    const standing = `SELECT conname, pg_get_constraintdef(oid), convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2`;
    await withConnection(target, async (connection) => {
      await connection.query(`
        ALTER TABLE parent ADD PRIMARY KEY (id);
        ALTER TABLE child ADD CONSTRAINT "to parent" FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE DEFERRABLE;
        CREATE INDEX "child's parent" ON child (parent) WHERE parent > 0;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION refuse();
      `);
      const before = await connection.queryTexts(standing);
      const file = sourceFile("two", (database) => {
        database.exec(`
          CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
          CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER);
          INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1);`);
      });
      const input = inputOf(file, plan, target);
      await load(input, silentReporter);
      assert.equal((await connection.queryTexts(standing)).length < before.length, true);
      await finish(input, silentReporter);
      assert.deepEqual(await connection.queryTexts(standing), before);
      // The same where the run is given up after the load.
      await connection.query("TRUNCATE parent, child");
      await forgetRuns(connection, true);
      await load({ ...input, runId: "given up" }, silentReporter);
      await connection.query("TRUNCATE parent, child");
      await forgetRuns(connection, true);
      assert.deepEqual(await connection.queryTexts(standing), before);
    });
  });
});

function identified(table: TablePlan, constraints: ConstraintPlan[]): TablePlan {
  const columns = table.columns.map((column, i) => (i === 0 ? { ...column, identity: true, notNull: true } : column));
  return { ...table, columns, constraints };
}

function constraint(name: string, kind: ConstraintPlan["kind"], sql: string): ConstraintPlan {
  return { name, kind, sql, validate: true, account: `${kind} ${name}` };
}
