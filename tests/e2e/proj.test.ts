import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { Checkout } from "../support/checkout.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";

// A real database that nobody here wrote: its foreign keys, CHECKs, views and triggers.
const file = "/usr/share/proj/proj.db";
const skip = noPostgres || (existsSync(file) ? (false as const) : `${file} is not here (Debian's proj-data brings it)`);
const checkout = new Checkout();
const postgres = skip ? null : await startPostgres();
after(async () => {
  await postgres?.stop();
  checkout.remove();
});

interface Result {
  verdict: string;
  exit: string;
  verify: { equal: boolean; differenceCount: number; tables: { source: string; rows: number }[] };
  accounts: { key: string; outcome: string }[];
  accountCounts: Record<string, number>;
}

test("proj.db arrives whole: every row equal, every object moved or named, and the exit code says which", {
  skip,
}, async () => {
  const target = await postgres?.freshDatabase();
  const url = `postgresql://${target?.user}@/${target?.database}?host=${target?.host}&port=${target?.port}&role=${target?.role}`;
  const result = await checkout.verb("migrate", "--sqlite", file, "--target", url, "--json");
  const data = JSON.parse(result.stdout) as Result;
  const undecided = data.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key }) => key);
  console.log(`proj.db: ${data.verdict}; ${JSON.stringify(data.accountCounts)}`);
  assert.equal(data.verify.differenceCount, 0);
  assert.equal(result.code, undecided.length > 0 ? 9 : 0, result.stderr);

  const source = new DatabaseSync(file, { readOnly: true });
  const tables = source
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  for (const { name } of tables) {
    const { n } = source.prepare(`SELECT count(*) AS n FROM "${name}"`).get() as { n: number };
    assert.equal(data.verify.tables.find(({ source }) => source === name)?.rows, n, String(name));
  }
  source.close();
});
