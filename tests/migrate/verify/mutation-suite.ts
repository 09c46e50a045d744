import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { messageOf } from "../../../scripts/lib/cli/errors.ts";
import { silentReporter } from "../../../scripts/lib/cli/reporter.ts";
import { Connection, withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import { verify } from "../../../scripts/lib/migrate/verify/verify.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { noPostgres, startPostgres } from "../../support/postgres.ts";
import { applicationPlan, fillApplication, writeApplication } from "./application.ts";
import { inputFor } from "./fixture.ts";
import { missed, mutations } from "./mutations.ts";

/** Makes `count` mutations, each in a target of its own that was equal before, and demands that each is caught and named. */
export function mutationSuite(count: number, seed: number): void {
  describe(`${count} changes to the target`, { skip: noPostgres }, () => {
    test("each is caught and named", async () => {
      const postgres = await startPostgres();
      const admin = await Connection.open(postgres.superuser("postgres"));
      try {
        const file = join(temporaryFolder(), "source.sqlite");
        writeApplication(file);
        const base = await postgres.freshDatabase();
        await fillApplication(base);
        const untouched = await verify(inputFor(file, applicationPlan, base), silentReporter);
        assert.deepEqual([untouched.differences, untouched.equal], [[], true], "the target was equal before");
        const list = mutations(count, seed);
        const misses: string[] = [];
        for (const mutation of list) {
          const database = `m_${randomBytes(5).toString("hex")}`;
          await admin.query(`CREATE DATABASE ${database} TEMPLATE ${base.database} OWNER owner`);
          const target = { ...base, database };
          const by = mutation.asSuperuser ? postgres.superuser(database) : target;
          try {
            await withConnection(by, (connection) => connection.query(mutation.sql));
            const result = await verify(inputFor(file, applicationPlan, target), silentReporter);
            const reason = missed(mutation, result);
            if (reason) misses.push(`${mutation.name}: ${reason}`);
          } catch (error) {
            misses.push(`${mutation.name}: ${messageOf(error)}`);
          }
          await admin.query(`DROP DATABASE ${database}`);
        }
        console.log(
          `mutations: ${list.length} made with seed ${seed}, ${list.length - misses.length} caught and named`,
        );
        assert.deepEqual(misses, []);
      } finally {
        await admin.close();
        await postgres.stop();
      }
    });
  });
}
