import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseStackOutputs } from "../../infra/contract.ts";
import { planStack } from "../support/planned-stack.ts";
import { resourceTable } from "../support/resource-table.ts";

const fixtures = join(import.meta.dirname, "fixtures", "aws");
const production = await planStack("production");
const staging = await planStack("staging");

/** The tables are read by people: LANDFALL_WRITE_TABLES=1 writes them anew, and the diff is reviewed. */
function compareTable(name: string, actual: string): void {
  const file = join(fixtures, `${name}.txt`);
  if (process.env.LANDFALL_WRITE_TABLES) writeFileSync(file, actual);
  const expected = readFileSync(file, "utf8").split("\n");
  const lines = actual.split("\n");
  const missing = expected.filter((line) => !lines.includes(line));
  const extra = lines.filter((line) => !expected.includes(line));
  assert.deepEqual({ missing, extra }, { missing: [], extra: [] }, `tests/unit/fixtures/aws/${name}.txt`);
  assert.equal(actual, expected.join("\n"));
}

for (const [name, { resources }] of Object.entries({ production, staging })) {
  test(`every input of every resource of ${name} is what the table says`, () => {
    compareTable(name, resourceTable(resources));
  });
}

const count = (resources: typeof production.resources, prefix: string) =>
  resources.filter(({ type }) => type.startsWith(prefix)).length;

test("production has restore testing and exporters besides, and staging the alarm of its CPU credit", () => {
  assert.deepEqual([count(production.resources, "aws:"), count(staging.resources, "aws:")], [147, 119]);
});

test("no two resources of a kind have one name", () => {
  for (const { resources } of [production, staging]) {
    const keys = resources.map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  }
});

test("names of two stacks never meet in one account", () => {
  const named = (stack: typeof production) =>
    stack.resources
      .filter(({ type }) => type.startsWith("aws:"))
      .flatMap(({ props }) =>
        ["name", "identifier", "family", "namePrefix", "bucketPrefix", "dashboardName"].map((key) => props[key]),
      )
      .filter((name) => typeof name === "string");
  // What is named inside something that has the stack's name already.
  const inside = new Set(["database", "lf-", "postgres17"]);
  const both = new Set(named(production));
  assert.deepEqual(
    named(staging).filter((name) => both.has(name) && !inside.has(name)),
    [],
  );
});

test("the outputs are what every script expects", () => {
  for (const { outputs } of [production, staging]) {
    const parsed = parseStackOutputs(JSON.parse(JSON.stringify(outputs)));
    assert.equal(parsed.target, "aws");
    assert.equal(parsed.backup.kind, "rds");
  }
});

test("production differs from staging where money buys availability, and nowhere else in the database", () => {
  const database = ({ resources }: typeof production) =>
    resources.find(({ type, name }) => type === "aws:rds/instance:Instance" && name === "database")?.props ?? {};
  const [first, second] = [database(production), database(staging)];
  const differing = Object.keys({ ...first, ...second }).filter(
    (key) => JSON.stringify(first[key]) !== JSON.stringify(second[key]),
  );
  assert.deepEqual(differing.sort(), [
    "allocatedStorage",
    "backupRetentionPeriod",
    "dbSubnetGroupName",
    "deleteAutomatedBackups",
    "deletionProtection",
    "finalSnapshotIdentifier",
    "identifier",
    "instanceClass",
    "maxAllocatedStorage",
    "multiAz",
    "parameterGroupName",
    "tags",
  ]);
});
