import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { parseStackOutputs } from "../../infra/contract.ts";
import { missingParts } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { Checkout, problemOf } from "../support/checkout.ts";

// The two commands of the README, as a person types them: everything real, from nothing to a proven database and back.
const missing = await missingParts();
const skip = missing.length > 0 ? `this machine lacks ${missing.join(", ")}` : (false as const);
const checkout = new Checkout();
after(async () => {
  if (!skip) await checkout.verb("down");
  checkout.remove();
});

interface StartData {
  stack: { changes: Record<string, number>; parts: { name: string; log: string }[] };
  migration: {
    verdict: string;
    before: boolean;
    verify: { equal: boolean; rows: number; values: number; differenceCount: number; tables: { rows: number }[] };
    switchFile: { file: string };
    report: { html: string; json: string };
  };
  proof: { proof: { drill: { passed: boolean; recoveryTimeMs: number } } };
}
let first: StartData;

test("start ends with a stack, a proven database and a drilled backup", { skip }, async () => {
  const result = await checkout.verb("start", "--json");
  assert.equal(result.code, 0, result.stderr);
  first = JSON.parse(result.stdout) as StartData;
  const { migration, proof } = first;
  assert.equal(migration.verdict, "proven");
  assert.equal(migration.verify.differenceCount, 0);
  assert.ok(
    migration.verify.tables.some(({ rows }) => rows === 100_000),
    "the sales are 100,000",
  );
  assert.ok(migration.verify.values > migration.verify.rows);
  assert.equal(proof.proof.drill.passed, true);
  assert.ok(proof.proof.drill.recoveryTimeMs > 0);
  assert.ok(existsSync(migration.report.html) && existsSync(migration.report.json));
});

test("the switch file lets the application in through the pooler, and nobody else can read it", { skip }, async () => {
  const { file } = first.migration.switchFile;
  assert.equal(statSync(file).mode & 0o077, 0);
  const line = readFileSync(file, "utf8").match(/^DATABASE_URL_POOL='(.*)'$/m)?.[1] ?? "";
  const pool = new pg.Pool(JSON.parse(line));
  try {
    const tables = await pool.query("SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'");
    assert.equal(tables.rows[0].n, first.migration.verify.tables.length);
    assert.equal(pool.options.max, JSON.parse(line).max);
  } finally {
    await pool.end();
  }
  assert.match(readFileSync(file, "utf8"), /^DATABASE_URL='postgresql:.*connection_limit=/m);
});

test("a second start changes nothing and says so", { skip }, async () => {
  const result = await checkout.verb("start");
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /local: 0 changes/);
  assert.match(result.stdout, /moved before/);
});

test("the proof can be repeated, and tells what has changed since", { skip }, async () => {
  const sqlite = join(".landfall", "examples", "liquor-shop.sqlite");
  const again = await checkout.verb("verify", "--sqlite", sqlite);
  assert.equal(again.code, 0, again.stderr);
  const outputs = parseStackOutputs(
    JSON.parse((await checkout.verb("outputs", "--show-secrets", "--json")).stdout) as unknown,
  );
  const { name: user, password } = outputs.roles.app;
  const { host, port, tls } = outputs.pooler;
  const ca = tls.mode === "verify-full" ? readFileSync(tls.caFile, "utf8") : "";
  const client = new pg.Client({ host, port, user, password, database: outputs.database.name, ssl: { ca } });
  await client.connect();
  const { rows } = await client.query(
    "SELECT quote_ident(table_name) AS t FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'name' LIMIT 1",
  );
  await client.query(`UPDATE ${rows[0].t} SET name = name || '!' WHERE ctid = (SELECT min(ctid) FROM ${rows[0].t})`);
  await client.end();
  const changed = await checkout.verb("verify", "--sqlite", sqlite);
  assert.equal(changed.code, 8, changed.stderr);
  assert.match(problemOf(changed).error, /, 1 difference$/);
  assert.match(changed.stdout, /name/);
});

test("down leaves no process and no folder", { skip }, async () => {
  const home = first.stack.parts[0]?.log.replace(/\/logs?\/.*$/, "") ?? "";
  assert.ok(existsSync(home), home);
  const down = await checkout.verb("down");
  assert.equal(down.code, 0, down.stderr);
  assert.equal(existsSync(home), false);
  const { stdout } = await run("ps", ["-eo", "args"]);
  assert.ok(!stdout.includes(home), "a process of the stack is left");
});
