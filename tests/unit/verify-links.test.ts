import assert from "node:assert/strict";
import { test } from "node:test";
import type { SourceValue } from "../../scripts/lib/migrate/verify/canonical/value.ts";
import { linksOf, nullNumber } from "../../scripts/lib/migrate/verify/values/links.ts";
import { type DigestColumn, SourceRows } from "../../scripts/lib/migrate/verify/values/row-digest.ts";

const column = (type: string, as: DigestColumn["convert"]["as"]): DigestColumn => ({
  ...{ source: "x", target: "x", type, notNull: false, generated: false },
  convert: { as },
});
const bigint = column("bigint", "integer");
const boolean = column("boolean", "boolean");
const text = column("text", "text");

function hashOf(columns: DigestColumn[], row: SourceValue[]): bigint | undefined {
  const rows = new SourceRows(columns);
  return rows.take(row) ? rows.hash.value : undefined;
}

test("each column is in one link, and no link has two numbers in its seed", () => {
  for (const columns of [[], [bigint], [bigint, bigint], [bigint, text, boolean, bigint], [text, text]]) {
    const links = linksOf(columns);
    const taken = links.flatMap(({ text, number }) => (number === undefined ? [text] : [text, number]));
    assert.deepEqual(taken.sort(), [...columns.keys()]);
  }
});

test("rows that differ in which number is where, in a NULL or in a flag have different hashes", () => {
  const columns = [bigint, text, bigint, boolean, text, bigint];
  const rows: SourceValue[][] = [
    [1n, "a", 2n, 0n, "b", 3n],
    [2n, "a", 1n, 0n, "b", 3n],
    [3n, "a", 2n, 0n, "b", 1n],
    [1n, "b", 2n, 0n, "a", 3n],
    [1n, "a", 2n, 1n, "b", 3n],
    [0n, "a", 2n, 1n, "b", 3n],
    [null, "a", 2n, 0n, "b", 3n],
    [0n, "a", 2n, 0n, "b", 3n],
    [1n, null, 2n, 0n, "b", 3n],
    [1n, "", 2n, 0n, "b", 3n],
    [1n, "a", 2n, null, "b", 3n],
    [1n, "a", null, null, "b", 3n],
    [null, null, null, null, null, null],
    [1n + (1n << 32n), "a", 2n, 0n, "b", 3n],
    [-1n, "a", 2n, 0n, "b", 3n],
    [-(2n ** 63n), "a", 2n, 0n, "b", 3n],
  ];
  assert.equal(new Set(rows.map((row) => hashOf(columns, row))).size, rows.length);
  assert(nullNumber < 2n ** 63n, "it is written as a bigint in the target");
});

test("a number that its type does not hold does not fit, and neither does another class", () => {
  const fits = (type: string, value: SourceValue) =>
    hashOf([column(type, "integer"), text], [value, "a"]) !== undefined;
  for (const [type, bits] of [
    ["smallint", 15n],
    ["integer", 31n],
    ["bigint", 63n],
  ] as const) {
    const limit = 1n << bits;
    assert.deepEqual(
      [limit - 1n, -limit, 0n, -1n, null].map((value) => fits(type, value)),
      [true, true, true, true, true],
    );
    if (bits < 63n) {
      for (const value of [limit, -limit - 1n, 1n << 40n, -(1n << 40n), (1n << 40n) - 1n]) assert(!fits(type, value));
    }
    for (const value of [1, "1", new Uint8Array(1)]) assert(!fits(type, value));
  }
  assert.equal(hashOf([boolean, text], [2n, "a"]), undefined);
});
