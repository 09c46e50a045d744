import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentReporter } from "../../../scripts/lib/cli/reporter.ts";
import { Connection, withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../../scripts/lib/db/postgres/target.ts";
import { finish } from "../../../scripts/lib/migrate/finish/finish.ts";
import { load } from "../../../scripts/lib/migrate/load/load.ts";
import { createSchema } from "../../../scripts/lib/migrate/schema/create.ts";
import { RowsProof } from "../../../scripts/lib/migrate/verify/rows.ts";
import { verify } from "../../../scripts/lib/migrate/verify/verify.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { inputOf, planOf, sourceFile, tablePlan } from "../load/fixture.ts";

// The proof of the rows beside the last part of the finish. Advisory locks hold either where the test wants it.
const [atTheCheck, atTheRows] = [1, 2];

describe("the proof of the rows beside the finish", { skip: noPostgres }, () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  /** A loaded table whose check, once it is validated, waits for a lock that `holder` has, and then runs `then`. */
  async function loaded(then: string) {
    const target = await postgres.freshDatabase();
    const file = sourceFile("shop", (database) =>
      database.exec(
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, item TEXT); INSERT INTO sale VALUES (1, 'a'), (2, 'b')",
      ),
    );
    const sale = tablePlan("sale", [
      ["id", "bigint", "integer"],
      ["item", "text", "text"],
    ]);
    const check = {
      name: "held",
      kind: "check" as const,
      sql: "CHECK (held(1))",
      validate: true,
      account: "check held",
    };
    const plan = planOf([{ ...sale, constraints: [check] }]);
    await withConnection(target, async (connection) => {
      await createSchema(connection, plan, "0123456789abcdef");
      await connection.query(`CREATE FUNCTION held(n int) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(n); ${then} RETURN true; END $$`);
    });
    const input = inputOf(file, plan, target);
    await load(input, silentReporter);
    const holder = await Connection.open(target, "holder");
    await holder.query(`SELECT pg_advisory_lock(${atTheCheck})`);
    return { target, input, holder };
  }

  /** Of the proof, in the database. As superuser, who sees what others wait for. */
  const sessions = (target: Target, which = "") =>
    withConnection(postgres.superuser(target.database), async (connection) => {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'landfall verify' AND datname = $1 ${which}`;
      return (await connection.query(sql, [target.database])).length;
    });

  test("rows are compared while a constraint is still being validated, and a change in them is found", async () => {
    for (const changed of [false, true]) {
      const { input, holder } = await loaded("");
      if (changed) await holder.query("UPDATE sale SET item = 'c' WHERE id = 2");
      const rows = new RowsProof(silentReporter);
      rows.readSource(input);
      let finished = false;
      const finishing = finish(input, silentReporter, () => rows.readTarget()).then(() => {
        finished = true;
      });
      const { tables } = await rows.result(input);
      assert.equal(tables[0]?.proof.equal, !changed);
      assert.equal(finished, false);
      await holder.query(`SELECT pg_advisory_unlock(${atTheCheck})`);
      await finishing;
      const { equal, checks, differences } = await verify(input, silentReporter, rows);
      assert.equal(equal, !changed);
      assert.deepEqual(
        checks.filter(({ passed }) => !passed).map(({ name }) => name),
        changed ? ["values"] : [],
      );
      assert.deepEqual(
        differences.map(({ text }) => text),
        changed ? ['sale.item of the row id = 2 is "b" in the source and "c" in the target'] : [],
      );
      await holder.close();
    }
  });

  test("where the finish fails, the proof ends in the middle of a reading and leaves no session behind", async () => {
    const { target, input, holder } = await loaded("RAISE 'broken' USING ERRCODE = 'XX000';");
    await holder.query(`ALTER TABLE sale ENABLE ROW LEVEL SECURITY; ALTER TABLE sale FORCE ROW LEVEL SECURITY;
      CREATE POLICY held ON sale USING (held(${atTheRows})); SELECT pg_advisory_lock(${atTheRows})`);
    const rows = new RowsProof(silentReporter);
    rows.readSource(input);
    const finishing = finish(input, silentReporter, () => rows.readTarget());
    finishing.catch(() => {});
    while ((await sessions(target, "AND wait_event = 'advisory'")) === 0) await sleep(20);
    await holder.query(`SELECT pg_advisory_unlock(${atTheCheck})`);
    await assert.rejects(finishing, { code: "target", message: /broken/ });
    await rows.end();
    // Held by no client, a session ends within a second; the lock that it waits for is still the holder's.
    while ((await sessions(target)) > 0) await sleep(20);
    await holder.close();
  });

  test("a proof that is ended before it has come to the target looks at nothing more", async () => {
    const { target, input, holder } = await loaded("");
    const rows = new RowsProof(silentReporter);
    rows.readSource(input);
    rows.readTarget();
    await rows.end();
    await assert.rejects(rows.result(input), /ended/);
    while ((await sessions(target)) > 0) await sleep(20);
    await holder.close();
  });
});
