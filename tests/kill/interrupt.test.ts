import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import type { RunResult } from "../../machine/run.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { Checkout, problemOf } from "../support/checkout.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";
import { manyRows, sqliteFile } from "../support/sqlite.ts";

const skip = noPostgres;
const checkout = new Checkout();
const postgres = skip ? null : await startPostgres();
after(async () => {
  await postgres?.stop();
  checkout.remove();
});

test("Ctrl-C in any step of a migration says that it goes on, and it does, to the same proven end", {
  skip,
}, async (context) => {
  const file = sqliteFile(join(temporaryFolder(), "shop.sqlite"), `${manyRows(150_000)} CREATE INDEX i ON sale (item)`);
  const fresh = () => (postgres as NonNullable<typeof postgres>).freshDatabase();
  const undisturbed = await fresh();
  assert.equal((await move(file, undisturbed)).code, 0);

  const target = await fresh();
  const interrupted: string[] = [];
  // Snapshot, profile, load, finish, verify: the steps that take any time.
  for (const step of [1, 2, 5, 6, 7]) {
    const result = await move(file, target, `[${step}/9]`);
    assert.equal(result.code, 130, result.stderr);
    const { error, hint } = problemOf(result);
    assert.match(error, /stopped/);
    assert.equal(hint, "run the same command again: it goes on where it was");
    interrupted.push(result.stderr.match(/\[(\d)\/9\](?!.*\[\d\/9\])/s)?.[1] ?? "");
  }
  context.diagnostic(`interrupted in the steps ${interrupted.join(", ")}`);
  const last = await move(file, target);
  assert.equal(last.code, 0, last.stderr);
  assert.match(last.stdout, /proven/);
  assert.deepEqual(await stateOf(target), await stateOf(undisturbed));
});

/** Runs the verb itself, with a Ctrl-C as soon as it has announced a step. */
function move(file: string, target: Target, until?: string) {
  const url = `postgresql://${target.user}@/${target.database}?host=${target.host}&port=${target.port}&role=${target.role}`;
  const child = spawn(process.execPath, ["scripts/migrate.mjs", "--sqlite", file, "--target", url], {
    cwd: checkout.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, sent] = ["", "", false];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
    if (sent || until === undefined || !stderr.includes(until)) return;
    sent = true;
    child.kill("SIGINT");
  });
  return new Promise<RunResult>((resolve) => {
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

const stateOf = (target: Target) =>
  withConnection(target, (connection) =>
    connection.queryTexts(`
      SELECT 'rows', count(*)::text, sum(hashtextextended(sale::text, 0))::text FROM sale
      UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT 'sequence', sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public'
      ORDER BY 1, 2`),
  );
