import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import type { ColumnProfile, TableProfile } from "../../scripts/lib/migrate/model/profile.ts";
import { addSums, type BucketSums } from "../../scripts/lib/migrate/verify/values/buckets.ts";
import { rangesOf } from "../../scripts/lib/migrate/verify/values/ranges.ts";
import { runTask, type SourceDigest } from "../../scripts/lib/migrate/verify/values/tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "lf-ranges-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const columns = ["id", "x"].map((name) => ({
  source: name,
  target: name,
  type: name === "id" ? "bigint" : "text",
  convert: { as: name === "id" ? ("integer" as const) : ("text" as const) },
  notNull: false,
  generated: false,
}));

/** A table of the given rowids, with texts that are whole, invalid, with NUL and no text in turn. */
function sourceOf(name: string, ids: bigint[], table = "(id INTEGER PRIMARY KEY, x)") {
  const file = join(folder, `${name}.sqlite`);
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE t ${table}; BEGIN`);
  const insert = database.prepare("INSERT INTO t VALUES (?, CAST(? AS TEXT)), (?, ?)");
  for (let i = 0; i + 1 < ids.length; i += 2) {
    const bytes = Buffer.from(i === 40 ? [0x61, 0xff] : i === 60 ? [0x61, 0, 0x62] : Buffer.from(`é ${i}`));
    insert.run(ids[i] ?? 0n, bytes, ids[i + 1] ?? 0n, i % 6 === 0 ? i : `b${i}`);
  }
  database.exec("COMMIT");
  database.close();
  const source = openSource(file);
  const [catalog] = readCatalog(source).tables;
  source.close();
  assert(catalog);
  return { file, catalog };
}

function digest(file: string, range?: ReturnType<typeof rangesOf>[number]): SourceDigest {
  const slice = { file, encoding: "UTF-8" as const, from: "t", columns, range };
  return runTask({ do: "digest", slice, bits: 8 }) as SourceDigest;
}

const plain = ({ rows, counts, sums }: BucketSums) => ({ rows, counts, sums });

/** What is known of a table whose texts have at most so many bytes. */
function profileOf(maxBytes: number): TableProfile {
  const column = (name: string, texts: object | null) => ({ name, texts, blobs: null }) as ColumnProfile;
  return { name: "t", rows: 1, rowids: null, columns: [column("id", null), column("x", { maxBytes })] };
}

test("rows are read together as far as they fit into memory, and one by one where nothing is known of them", () => {
  const { file, catalog } = sourceOf("sizes", cases["dense rowids"] ?? []);
  const batch = (profile?: TableProfile) => rangesOf(file, catalog, 2, profile)[0]?.batch;
  assert.equal(batch(profileOf(100)), 100);
  assert.equal(batch(profileOf(300_000)), 3);
  assert.equal(batch(profileOf(1_000_000_000)), 1);
  assert.equal(batch({ ...profileOf(100), columns: [] }), undefined);
  assert.equal(batch(), undefined);
});

const cases: Record<string, bigint[]> = {
  "dense rowids": Array.from({ length: 2_000 }, (_, i) => BigInt(i) * 97n),
  "rowids from the lowest to the highest": [
    ...[-(2n ** 63n), -(2n ** 63n) + 1n, -1n, 0n, 1n, 2n ** 62n, 2n ** 63n - 2n, 2n ** 63n - 1n],
    ...Array.from({ length: 100 }, (_, i) => BigInt(i + 10)),
  ],
};

for (const [name, ids] of Object.entries(cases)) {
  test(`the ranges of a table come to what the whole comes to: ${name}`, () => {
    const { file, catalog } = sourceOf(name.slice(0, 5), ids);
    const whole = digest(file);
    for (const profile of [undefined, profileOf(10), profileOf(300_000), profileOf(5_000_000)]) {
      const ranges = rangesOf(file, catalog, 2, profile);
      assert(ranges.length > 2, `${ranges.length} ranges`);
      const parts = ranges.map((range) => digest(file, range));
      assert.deepEqual(plain(addSums(parts)), plain(whole));
      assert.equal(
        parts.reduce((sum, { aside }) => sum + aside.sum, 0n),
        whole.aside.sum,
      );
    }
    assert.equal(whole.rows + whole.aside.rows, ids.length);
    assert(whole.aside.rows > 2);
  });
}

test("a small table, an empty one and one without rowids are read whole", () => {
  const small = sourceOf("small", [1n, 2n]);
  assert.deepEqual(rangesOf(small.file, small.catalog, 2), [undefined]);
  const empty = sourceOf("empty", []);
  assert.deepEqual(rangesOf(empty.file, empty.catalog, 2), [undefined]);
  const keyed = sourceOf("keyed", [1n, 900_000n], "(id INTEGER PRIMARY KEY, x) WITHOUT ROWID");
  assert.deepEqual(rangesOf(keyed.file, keyed.catalog, 2), [undefined]);
});
