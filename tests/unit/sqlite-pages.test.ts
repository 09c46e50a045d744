import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Random } from "../../examples/lib/random.ts";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { integerOf, isNarrow, isText, lengthOf, stored } from "../../scripts/lib/db/sqlite-pages/fields.ts";
import { PageFile } from "../../scripts/lib/db/sqlite-pages/page-file.ts";
import { StoredRow } from "../../scripts/lib/db/sqlite-pages/stored-row.ts";
import { TablePages } from "../../scripts/lib/db/sqlite-pages/table-pages.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
type Value = null | bigint | number | string | Uint8Array;

/** Writes a file whose table `t` has the columns a, id (the rowid), b, c. */
function makeFile(name: string, pragmas: string, fill: (database: DatabaseSync) => void): string {
  const file = join(folder, `${name}.sqlite`);
  const database = new DatabaseSync(file);
  database.exec(`${pragmas}; CREATE TABLE other(x); CREATE TABLE t(a, id INTEGER PRIMARY KEY, b, c); BEGIN`);
  fill(database);
  database.exec("COMMIT");
  database.close();
  return file;
}

/** The rows of `t` from a rowid on, as SQLite gives them. */
function throughSqlite(file: string, first: number): Value[][] {
  const database = new DatabaseSync(file, { readOnly: true, readBigInts: true, returnArrays: true });
  const rows = database.prepare("SELECT a, id, b, c FROM t WHERE id >= ? ORDER BY id").all(first);
  database.close();
  return rows as unknown as Value[][];
}

/** The same, from the file's pages; a row that is too large is its rowid alone. */
function throughPages(file: string, first: number): (Value[] | bigint)[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const root = Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 't'").get()?.rootpage);
  database.close();
  const pages = new PageFile(file);
  try {
    const row = new StoredRow(pages, 4, 1);
    const rows: (Value[] | bigint)[] = [];
    for (const leaf of new TablePages(pages, root).leaves(first)) {
      for (let i = 0; i < leaf.count; i++) {
        const whole = row.read(leaf, i);
        if (row.rowid >= first) rows.push(whole ? valuesOf(row) : BigInt(row.rowid));
      }
    }
    return rows;
  } finally {
    pages.close();
  }
}

function valuesOf(row: StoredRow): Value[] {
  return Array.from({ length: row.fields }, (_, field): Value => {
    const type = row.types[field] as number;
    const at = row.places[field] as number;
    if (type === stored.null) return null;
    if (isNarrow(type)) return BigInt(integerOf(row, field));
    if (type === stored.wide) return row.view.getBigInt64(at);
    if (type === stored.float) return row.view.getFloat64(at);
    const bytes = row.bytes.subarray(at, at + lengthOf(type));
    return isText(type) ? bytes.toString("utf8") : new Uint8Array(bytes);
  });
}

const edges = [
  0,
  1,
  2,
  -1,
  127,
  -128,
  128,
  32767,
  -32768,
  8388607,
  -8388608,
  2147483647,
  -2147483648,
  2 ** 47 - 1,
  -(2 ** 47),
];

function anyValue(random: Random): Value {
  switch (random.whole(0, 7)) {
    case 0:
      return null;
    case 1:
      return BigInt(edges[random.whole(0, edges.length - 1)] as number) + BigInt(random.whole(-1, 1));
    case 2:
      return BigInt.asIntN(64, BigInt(`0x${random.hex(16)}`));
    case 3:
      return random.whole(-1e9, 1e9) / 8 + 1 / 3;
    case 4:
      return new Uint8Array(random.whole(0, 90)).fill(random.whole(0, 255));
    case 5:
      return "ü€😀 ".repeat(random.whole(0, 2000));
    default:
      return random.hex(random.whole(0, 40));
  }
}

for (const [size, more] of [
  [512, ""],
  [1024, "PRAGMA auto_vacuum = FULL"],
  [4096, ""],
  [16384, "PRAGMA auto_vacuum = INCREMENTAL"],
  [65536, ""],
] as const) {
  test(`rows in pages of ${size} bytes are what SQLite gives, whatever was deleted and however long they are`, () => {
    const random = new Random(size);
    const file = makeFile(`pages-${size}`, `PRAGMA page_size = ${size}; ${more}`, (database) => {
      const insert = database.prepare("INSERT OR REPLACE INTO t VALUES (?, ?, ?, ?)");
      for (let i = 0; i < 1500; i++) {
        const id = random.whole(0, 3) ? i : random.whole(-(2 ** 40), 2 ** 40);
        insert.run(anyValue(random), id, anyValue(random), anyValue(random));
        database.prepare("INSERT INTO other VALUES (?)").run(random.hex(200));
      }
      database.exec("DELETE FROM t WHERE id % 5 = 0; DELETE FROM other WHERE rowid % 2 = 0");
      for (let i = 0; i < 300; i++) insert.run(anyValue(random), 5000 + i, anyValue(random), anyValue(random));
    });
    const all = throughSqlite(file, -(2 ** 50));
    assert.ok(all.length > 1000);
    assert.deepEqual(throughPages(file, -(2 ** 50)), all);
    for (const first of [-5, 0, 1, 777, 1499, 5001, 5299, 2 ** 45]) {
      assert.deepEqual(throughPages(file, first), throughSqlite(file, first), `from ${first} on`);
    }
  });
}

test("a row from before a column was added has fewer fields; one of more than a megabyte is left to SQLite", () => {
  const file = makeFile("short-and-long", "", (database) => {
    database.exec("INSERT INTO t VALUES (1, 1, 2, zeroblob(2000000)), (1, 2, 2, zeroblob(900000))");
    database.exec("ALTER TABLE t ADD COLUMN d DEFAULT 7");
  });
  const rows = throughPages(file, 1);
  assert.equal(rows[0], 1n);
  assert.deepEqual(rows[1], [1n, 2n, 2n, new Uint8Array(900_000)]);
});

test("an empty table has no rows, and a table whose schema stands on the first page is read as others are", () => {
  assert.deepEqual(
    throughPages(
      makeFile("empty", "", () => {}),
      0,
    ),
    [],
  );
});

test("a page that is none of a table's is named, and not read as rows", () => {
  const file = makeFile("broken", "", (database) => {
    const insert = database.prepare("INSERT INTO t VALUES (1, ?, 'x', zeroblob(3000))");
    for (let i = 1; i < 50; i++) insert.run(i);
  });
  const bytes = readFileSync(file);
  for (let page = 3; page * 4096 < bytes.length; page++) if (bytes[page * 4096] === 13) bytes[page * 4096] = 10;
  writeFileSync(file, bytes);
  assert.throws(
    () => throughPages(file, 0),
    (error) => error instanceof LandfallError && error.code === "source" && error.message.includes("broken.sqlite"),
  );
});

test("a tree whose pages lead back to themselves is refused, not walked for ever", () => {
  const file = makeFile("endless", "PRAGMA page_size = 512", (database) => {
    const insert = database.prepare("INSERT INTO t VALUES (1, ?, 'x', zeroblob(300))");
    for (let i = 1; i < 500; i++) insert.run(i);
  });
  const bytes = readFileSync(file);
  const inner = Array.from({ length: bytes.length / 512 }, (_, i) => i * 512).filter((at) => at > 0 && bytes[at] === 5);
  assert.ok(inner.length > 2);
  // Every cell of every inner page leads to the leaf or inner page that the first one's first cell leads to.
  // Each inner page leads to nothing but the next one, and the last to the first.
  inner.forEach((at, i) => {
    const next = (inner[(i + 1) % inner.length] ?? 0) / 512 + 1;
    for (let cell = 0; cell < bytes.readUInt16BE(at + 3); cell++)
      bytes.writeUInt32BE(next, at + bytes.readUInt16BE(at + 12 + 2 * cell));
    bytes.writeUInt32BE(next, at + 8);
  });
  writeFileSync(file, bytes);
  assert.throws(
    () => throughPages(file, 0),
    (error) => error instanceof LandfallError && error.code === "source",
  );
});
