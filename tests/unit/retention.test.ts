import assert from "node:assert/strict";
import { test } from "node:test";
import { fullBackupsToKeep } from "../../scripts/lib/backup/retention.ts";

const now = new Date("2026-06-30T12:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3600 * 1000).toISOString();
const fulls = (...ages: number[]) => ages.map((age) => ({ type: "full" as const, endedAt: daysAgo(age) }));

test("without backups, one is kept: the one that is taken next", () => {
  assert.equal(fullBackupsToKeep([], { full: 1, days: 7 }, now), 1);
});

test("the count holds even where the age would let go", () => {
  assert.equal(fullBackupsToKeep(fulls(100, 90, 80, 70), { full: 3, days: 7 }, now), 3);
});

test("the age holds even where the count would let go, and the backup that carries its first days stays", () => {
  assert.equal(fullBackupsToKeep(fulls(22, 15, 8, 1), { full: 2, days: 14 }, now), 3);
});

test("differential backups do not count: they go with their full one", () => {
  const backups = [...fulls(20, 5), { type: "diff" as const, endedAt: daysAgo(1) }];
  assert.equal(fullBackupsToKeep(backups, { full: 1, days: 14 }, now), 2);
});
