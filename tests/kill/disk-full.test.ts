import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { unprivilegedAccount } from "../../machine/account.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { load } from "../../scripts/lib/migrate/load/load.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { inputOf } from "../migrate/load/fixture.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";
import { chunkRows, makePlanOf, makeSource } from "./source.ts";

const account = unprivilegedAccount();
const small = join(temporaryFolder(account), "small");
const mounted = mountSmall();
const skip = noPostgres || (mounted === null ? false : `no small disk can be made here: ${mounted}`);
if (mounted === null) after(() => void spawnSync("umount", ["-l", small]));

test("a full disk of the target ends the load with its name, and the same command goes on once there is space", {
  skip,
}, async () => {
  const postgres = await startPostgres();
  try {
    const database = `full_${randomBytes(4).toString("hex")}`;
    await withConnection(postgres.superuser("postgres"), async (connection) => {
      await connection.query(`CREATE TABLESPACE small LOCATION '${join(small, "tablespace")}'`);
      await connection.query(`CREATE DATABASE ${database} OWNER owner TABLESPACE small`);
    });
    const target: Target = { ...postgres.superuser(database), user: "migrator", role: "owner" };
    const plan = makePlanOf();
    await withConnection(target, (connection) => createSchema(connection, plan, "0123456789abcdef"));
    const input = { ...inputOf(makeSource(), plan, target), chunkRows };
    await assert.rejects(load(input, silentReporter), { code: "target", message: /has no disk space left/ });
    assert.equal(spawnSync("mount", ["-o", "remount,size=200m", small]).status, 0);
    const { tables } = await load(input, silentReporter);
    await finish(input, silentReporter);
    assert.deepEqual(
      tables.map(({ rows, loaded, quarantined }) => [rows, loaded + quarantined]),
      [
        [60_000, 60_000],
        [500, 500],
      ],
    );
    await withConnection(target, async (connection) => {
      const [count] = await connection.queryTexts("SELECT count(*), count(DISTINCT id) FROM item");
      assert.deepEqual(count, [String(tables[0]?.loaded), String(tables[0]?.loaded)]);
    });
  } finally {
    await postgres.stop();
  }
});

/** A disk of 7 MB: less than the rows take. @returns why there is none, null where there is one */
function mountSmall(): string | null {
  mkdirSync(small);
  const { status, error, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=7m,mode=755", "tmpfs", small]);
  if (status !== 0) return (error?.message ?? String(stderr)).trim();
  const inside = join(small, "tablespace");
  mkdirSync(inside);
  if (account) chownSync(inside, account.uid, account.gid);
  return null;
}
