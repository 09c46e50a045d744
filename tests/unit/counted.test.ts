import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../../scripts/lib/cli/table.ts";

test("one of a thing is no plural, and none of it is", () => {
  assert.equal(counted(1, "difference"), "1 difference");
  assert.equal(counted(0, "difference"), "0 differences");
  assert.equal(counted(12_345n, "row"), "12,345 rows");
  assert.equal(counted(1, "row is", "rows are"), "1 row is");
  assert.equal(counted(2, "row is", "rows are"), "2 rows are");
});
