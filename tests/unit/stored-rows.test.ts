import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { PageFile } from "../../scripts/lib/db/sqlite-pages/page-file.ts";
import { TableReader } from "../../scripts/lib/migrate/load/read.ts";
import { RowEncoder } from "../../scripts/lib/migrate/load/row.ts";
import { shapesOf } from "../../scripts/lib/migrate/load/shape.ts";
import { storedTable } from "../../scripts/lib/migrate/load/stored/table.ts";
import { type ColumnSpec, planOf, tablePlan } from "../migrate/load/fixture.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();

const columns: ColumnSpec[] = [
  ["id", "bigint", "integer"],
  ["small", "smallint", "integer"],
  ["whole", "integer", "integer"],
  ["big", "bigint", "integer"],
  ["price", "numeric(12,2)", "decimal"],
  ["rate", "double precision", "real"],
  ["single", "real", "real"],
  ["paid", "boolean", { as: "boolean", true: ["yes"], false: ["no"] }],
  ["name", "text", "text"],
  ["short", "varchar(5)", "text"],
  ["mixed", "text", { as: "text", numbers: true }],
  ["details", "jsonb", "json"],
  ["picture", "bytea", "bytes"],
  ["moment", "timestamp", "local"],
  ["coarse", "timestamp(3)", "local"],
  ["stamp", "timestamptz", { as: "instant", integer: "millis" }],
  ["day", "date", { as: "date", zero: "null" }],
  ["clock", "time", "time"],
  ["key", "uuid", "uuid"],
];

/** What each column is tried with; the first is plain. */
const values: Record<string, string[]> = {
  small: ["7", "-32768", "32768", "NULL", "'x'"],
  whole: ["2147483647", "-2147483649", "5000000000", "1.5"],
  big: ["9007199254740993", "-9223372036854775808", "1", "'1'"],
  price: ["12.5", "12", "0.1", "1e300", "-0.01", "'3.14'", "2.675"],
  rate: ["0.1", "3", "-0.0", "9e999", "9007199254740993", "'x'"],
  single: ["0.5", "0.1", "2"],
  paid: ["0", "1", "2", "'yes'", "NULL"],
  name: ["'plain'", "''", "'Müller €😀'", "'a' || char(0) || 'b'", "CAST(x'ff61' AS TEXT)", "'\ufffd'", "5", "x'00'"],
  short: ["'abcde'", "'äöüäö'", "'abcdef'"],
  mixed: ["'word'", "5", "1.0", "'5'", "' 7 '"],
  details: ['\'{"a": [1, "ü"]}\'', "'not json'", "NULL"],
  picture: ["x'00ff'", "x''", "zeroblob(5000)", "'text'"],
  moment: [
    "'2024-02-29 12:34:56.789'",
    "'2024-02-30 00:00:00'",
    "'2024-01-01'",
    "'2024-01-01T24:00:00'",
    "'2024-01-01 10:00:00.123456'",
    "'2024-01-01 10:00:00.1234567'",
    "'2024-01-01 10:00'",
    "'2024-01-01 10:00:00+02:00'",
    "'1000-01-01 00:00:00'",
    "'2024-01-01 10:00:00.'",
    "'0000-00-00 00:00:00'",
  ],
  coarse: ["'2024-01-01 10:00:00.123'", "'2024-01-01 10:00:00.1234'", "'2024-01-01 10:00:00.123000'"],
  stamp: ["'2024-01-01 10:00:00'", "'2024-01-01T10:00:00Z'", "1700000000000", "-1", "1.5"],
  day: ["'2024-12-31'", "'2023-02-29'", "'0000-00-00'", "'2024-12-31 00:00:00'", "'9999-12-31'", "'0001-01-01'"],
  clock: ["'10:20:30'", "'25:00:00'"],
  key: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "x'a0eebc999c0b4ef8bb6d6bb9bd380a11'", "'x'"],
};

test("a row taken as it stands in the file has the bytes that the conversions give, and one that they refuse is not taken", () => {
  const file = join(folder, "rows.sqlite");
  const database = new DatabaseSync(file);
  // Untyped but for REAL's affinity, so that each value is stored as it is written.
  const declared = columns.map(([name]) =>
    name === "id" ? "id INTEGER PRIMARY KEY" : name === "rate" ? "rate REAL" : name,
  );
  database.exec(`CREATE TABLE t(${declared.join(", ")}, made GENERATED ALWAYS AS (small + 1) VIRTUAL)`);
  const plain = Object.values(values).map(([first]) => first);
  for (const [place, tried] of Object.values(values).entries()) {
    for (const value of tried) {
      const row = [...plain.slice(0, place), value, ...plain.slice(place + 1)];
      database.exec(`INSERT INTO t(${Object.keys(values).join(", ")}) VALUES (${row.join(", ")})`);
    }
  }
  const last = BigInt(Object.values(values).flat().length);
  database.exec("ALTER TABLE t ADD COLUMN later DEFAULT 'x'");
  database.close();

  const source = openSource(file, { immutable: true });
  const pages = new PageFile(file);
  const [shape] = shapesOf(planOf([tablePlan("t", columns)]), readCatalog(source));
  assert.ok(shape);
  const table = storedTable(source, pages, shape);
  assert.ok(table);
  const encoder = new RowEncoder(shape);
  const rows = [...new TableReader(source, shape).batches({ table: 0, number: 0, first: 1n, last })].flat();
  let taken = 0;
  let place = 0;
  for (const leaf of table.pages.leaves(1)) {
    for (let i = 0; i < leaf.count; i++) {
      const row = rows[place++] ?? [];
      assert.ok(table.row.read(leaf, i));
      assert.equal(BigInt(table.row.rowid), row[0]);
      const [expected, got] = [frame(), frame()];
      const misfit = encoder.write(row, expected, false);
      const named = row.map(String).join("|");
      if (!table.encoder.write(table.row, got)) {
        assert.equal(got.position, 0, `nothing is left of ${named}`);
        continue;
      }
      taken++;
      // A text with U+FFFD of its own is in doubt only where it was read as a string.
      assert.ok(misfit === null || misfit === "doubtful", `${named} does not fit: ${JSON.stringify(misfit)}`);
      if (misfit === null)
        assert.deepEqual(got.buffer.subarray(0, got.position), expected.buffer.subarray(0, expected.position), named);
    }
  }
  assert.equal(place, Number(last));
  assert.ok(taken > 40, `${taken} of ${last} rows were taken`);
  source.close();
  pages.close();
});

test("a column that was added later sends the rows from before it the long way", () => {
  const file = join(folder, "added.sqlite");
  const database = new DatabaseSync(file);
  database.exec(
    "CREATE TABLE t(a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b DEFAULT 7; INSERT INTO t VALUES (1, 2)",
  );
  database.close();
  const source = openSource(file, { immutable: true });
  const pages = new PageFile(file);
  const plan = planOf([
    tablePlan("t", [
      ["a", "bigint", "integer"],
      ["b", "bigint", "integer"],
    ]),
  ]);
  const [shape] = shapesOf(plan, readCatalog(source));
  assert.ok(shape);
  const table = storedTable(source, pages, shape);
  assert.ok(table);
  const results: boolean[] = [];
  for (const leaf of table.pages.leaves(0)) {
    for (let i = 0; i < leaf.count; i++) {
      table.row.read(leaf, i);
      results.push(table.encoder.write(table.row, frame()));
    }
  }
  assert.deepEqual(results, [false, true]);
  source.close();
  pages.close();
});

function frame() {
  const buffer = Buffer.alloc(16_384);
  return { buffer, view: new DataView(buffer.buffer), position: 0 };
}
