import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { builtIn } from "../../scripts/lib/migrate/sql/built-in.ts";
import { functionsPage, isTranslated } from "../../scripts/lib/migrate/sql/functions-page.ts";

test("the page of functions names every one that this SQLite brings", () => {
  const database = new DatabaseSync(":memory:");
  const rows = database.prepare("SELECT DISTINCT name FROM pragma_function_list WHERE builtin").all();
  database.close();
  const listed = new Set(Object.values(builtIn).flat());
  // Another build may bring more: an extension that was compiled in.
  const missing = rows
    .map(({ name }) => String(name))
    .filter(
      (name) =>
        !listed.has(name) && !/^(fts|rtree|geopoly|snippet|bm25|highlight|match|offsets|optimize|matchinfo)/.test(name),
    );
  assert.deepEqual(missing, []);
});

test("a function without a translation says why", () => {
  const silent = functionsPage("")
    .split("\n")
    .filter((line) => / \| no \| {2}\|$/.test(line));
  assert.deepEqual(silent, []);
  assert.equal(isTranslated("json_each"), true);
  assert.equal(isTranslated("soundex"), false);
});
