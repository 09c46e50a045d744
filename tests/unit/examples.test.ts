import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { generate as eShop } from "../../examples/e-shop/generate.ts";
import { generate as feedbackTool } from "../../examples/feedback-tool/generate.ts";
import { generate as labNotebook } from "../../examples/lab-notebook/generate.ts";
import { generate as liquorShop } from "../../examples/liquor-shop/generate.ts";
import { generate as partsMarket } from "../../examples/parts-market/generate.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import type { Plan } from "../../scripts/lib/migrate/model/plan.ts";
import { emptyMapping, readMapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { makePlan } from "../../scripts/lib/migrate/plan/plan.ts";
import { profileSource } from "../../scripts/lib/migrate/profile/profile.ts";
import { projectRoot } from "../../scripts/lib/paths.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

const examples: Record<string, (file: string, seed: number) => void> = {
  "liquor-shop": (file, seed) => liquorShop(file, { transactions: 200, seed }),
  "e-shop": (file, seed) => eShop(file, { rows: 100, seed }),
  "parts-market": (file, seed) => partsMarket(file, { rows: 100, seed }),
  "feedback-tool": (file, seed) => feedbackTool(file, { rows: 100, seed }),
  "lab-notebook": (file, seed) => labNotebook(file, { rows: 100, seed }),
};

function make(name: string, seed: number): string {
  const file = join(folder, `${name}-${seed}.sqlite`);
  examples[name]?.(file, seed);
  return file;
}

function ask(file: string, sql: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true, returnArrays: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

async function planOf(name: string): Promise<Plan> {
  const file = make(name, 1);
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  const mapping = join(projectRoot, "examples", name, "mapping.yaml");
  const profile = await profileSource(file, catalog, silentReporter);
  return makePlan(catalog, profile, existsSync(mapping) ? readMapping(mapping) : emptyMapping);
}

for (const name of Object.keys(examples)) {
  test(`${name}: the same file for the same seed, whole, with rows in each table`, () => {
    const file = make(name, 1);
    const first = sha256(file);
    assert.equal(sha256(make(name, 1)), first);
    assert.notEqual(sha256(make(name, 2)), first);
    assert.deepEqual(ask(file, "PRAGMA foreign_key_check"), []);
    assert.deepEqual(ask(file, "PRAGMA integrity_check"), [["ok"]]);
    for (const [table] of ask(file, "SELECT name FROM sqlite_schema WHERE type = 'table'") as string[][])
      assert.equal(ask(file, `SELECT 1 FROM "${table}" LIMIT 1`).length, 1, `${table} has rows`);
  });

  test(`${name}: its plan leaves no object without a decision`, async () => {
    const undecided = (await planOf(name)).accounts.filter(({ outcome }) => outcome === "undecided");
    assert.deepEqual(
      undecided.map(({ key, reason }) => `${key}: ${reason}`),
      [],
    );
  });
}

test("each framework's habits are known: its times, booleans, JSON and keys get PostgreSQL's own types", async () => {
  const typesOf = async (name: string, table: string) => {
    const plan = (await planOf(name)).tables.find(({ source }) => source === table);
    return Object.fromEntries(plan?.columns.map(({ source, type }) => [source, type]) ?? []);
  };
  const prisma = await typesOf("e-shop", "Product");
  assert.deepEqual([prisma.price, prisma.metadata, prisma.createdAt], ["numeric(12,2)", "jsonb", "timestamp(3)"]);
  const django = await typesOf("parts-market", "market_part");
  assert.deepEqual(
    [django.price, django.fits, django.uid, django.released],
    ["numeric(10,2)", "jsonb", "uuid", "date"],
  );
  const rails = await typesOf("feedback-tool", "boards");
  assert.deepEqual([rails.is_public, rails.settings, rails.created_at], ["boolean", "jsonb", "timestamp(6)"]);
  const alchemy = await typesOf("lab-notebook", "experiment");
  assert.deepEqual([alchemy.id, alchemy.day, alchemy.parameters], ["uuid", "date", "jsonb"]);
});
