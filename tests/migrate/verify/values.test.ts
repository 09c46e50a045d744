import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentReporter } from "../../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../../scripts/lib/db/postgres/target.ts";
import { verify } from "../../../scripts/lib/migrate/verify/verify.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { fillTarget, inputFor, planOf, testTables, writeSource } from "./fixture.ts";

describe("verifying values", { skip: noPostgres }, () => {
  const tables = testTables(500);
  const file = join(temporaryFolder(), "source.sqlite");
  let postgres: TestPostgres;
  let target: Target;

  before(async () => {
    postgres = await startPostgres();
    target = await postgres.freshDatabase();
    writeSource(file, tables);
    await fillTarget(target, planOf(tables), tables);
  });
  after(() => postgres?.stop());

  const check = () => verify(inputFor(file, planOf(tables), target), silentReporter);
  /** Verifies with something changed, and puts it back. */
  const withChange = async (sql: string) => {
    await withConnection(target, async (connection) => {
      await connection.query(
        'CREATE TABLE kept AS SELECT * FROM "all types"; CREATE TABLE kept2 AS SELECT * FROM no_key',
      );
      await connection.query(sql);
    });
    const result = await check();
    await withConnection(target, (connection) =>
      connection.query(
        'TRUNCATE "all types"; INSERT INTO "all types" SELECT * FROM kept; DROP TABLE kept; TRUNCATE no_key; INSERT INTO no_key SELECT * FROM kept2; DROP TABLE kept2',
      ),
    );
    return result;
  };

  test("equal tables of every type, with and without a key, wide and empty, are proven equal", async () => {
    const result = await check();
    assert.deepEqual(result.differences, []);
    assert.equal(result.equal, true);
    assert.equal(result.rows, 500 * 3 + 20);
  });

  test("one changed value is named by table, row and column, with both values", async () => {
    const { differences } = await withChange(`UPDATE "all types" SET title = 'title 7' WHERE id = 7`);
    assert.deepEqual(
      differences.map(({ kind, table, key, column, source, target }) => ({ kind, table, key, column, source, target })),
      [{ kind: "value", table: "all types", key: "id = 7", column: "title", source: '"Title 7"', target: '"title 7"' }],
    );
  });

  test("a missing row, an extra one and one that is there twice are told apart", async () => {
    const { differences } = await withChange(
      `DELETE FROM "all types" WHERE id = 9; INSERT INTO "all types" (id) VALUES (9000);
       INSERT INTO no_key SELECT * FROM no_key LIMIT 1; DELETE FROM no_key WHERE n = 3`,
    );
    assert.deepEqual(differences.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort(), [
      "row-extra all types id = 9000",
      "row-missing all types id = 9",
      'row-missing no_key (what = "event 3", n = 3)',
      'row-twice no_key (what = "event 0", n = 0)',
    ]);
  });

  test("a NULL in a column that the plan has as NOT NULL is named as any other value", async () => {
    const plan = planOf(tables);
    for (const column of plan.tables.flatMap(({ columns }) => columns)) column.notNull ||= column.target === "label";
    const change = (sql: string) =>
      withConnection(target, (connection) => connection.query(`UPDATE pair SET label = ${sql} WHERE id = 11`));
    await change("NULL");
    const { differences, equal } = await verify(inputFor(file, plan, target), silentReporter);
    await change("'Label 11'");
    assert.equal(equal, false);
    assert.deepEqual(
      differences.filter(({ kind }) => kind !== "schema").map(({ kind, key, column }) => ({ kind, key, column })),
      [{ kind: "value", key: 'lang = "l4", id = 11', column: "label" }],
    );
  });
});
