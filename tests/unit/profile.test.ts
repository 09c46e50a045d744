import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import type { ColumnProfile, Profile } from "../../scripts/lib/migrate/model/profile.ts";
import { dateDialect, dialects, fraction } from "../../scripts/lib/migrate/profile/dates.ts";
import { inspectJson, isJson, notJsonb } from "../../scripts/lib/migrate/profile/json.ts";
import { decimalsOf, wholeDigits } from "../../scripts/lib/migrate/profile/number-scan.ts";
import { numberForm } from "../../scripts/lib/migrate/profile/numbers-in-text.ts";
import { profileSource } from "../../scripts/lib/migrate/profile/profile.ts";
import { uuidForm } from "../../scripts/lib/migrate/profile/uuids.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
let made = 0;

async function profileOf(sql: string): Promise<Profile> {
  const file = join(folder, `${++made}.sqlite`);
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  return profileSource(file, catalog, silentReporter);
}

/** What a scanner finds in a text that stands among others, as in a page: what is behind it must not matter. */
function look<T>(scanner: (bytes: Buffer, start: number, end: number) => T, text: string): T {
  const end = 1 + Buffer.byteLength(text);
  const [alone, ...others] = ["", "0", ".5", '"', "}]", "e1", ":00", "+01:00", " ", "Z", ",1]", '":1}'].map((after) =>
    scanner(Buffer.from(`1${text}${after}`), 1, end),
  );
  for (const other of others) assert.equal(other, alone, text);
  return alone as T;
}

/** The profile of one column without a declared type, holding the values given as SQL. */
async function columnOf(values: string[]): Promise<ColumnProfile> {
  const { tables } = await profileOf(
    `CREATE TABLE t(c); INSERT INTO t VALUES ${values.map((v) => `(${v})`).join(", ")}`,
  );
  const column = tables[0]?.columns[0];
  assert.ok(column);
  return column;
}

test("each storage class of a column is counted for itself", async () => {
  const column = await columnOf(["NULL", "1", "1.0", "'1'", "x'31'", "NULL"]);
  assert.deepEqual(
    [column.nulls, column.integers?.count, column.reals?.count, column.texts?.count, column.blobs?.count],
    [2, 1, 1, 1, 1],
  );
  assert.deepEqual(column.samples, ["1", "1.0", "'1'", "x'31'"]);
});

test("integers keep their exact ends beyond 2^53 and at int64's bounds", async () => {
  const bounds = await columnOf(["9223372036854775807", "-9223372036854775808", "0", "1", "5"]);
  assert.equal(bounds.integers?.min, "-9223372036854775808");
  assert.equal(bounds.integers?.max, "9223372036854775807");
  assert.equal(bounds.integers?.booleans, 2);
  const odd = await columnOf(["9007199254740993"]);
  assert.deepEqual([odd.integers?.min, odd.integers?.max], ["9007199254740993", "9007199254740993"]);
});

test("integers that may be times are counted by unit", async () => {
  const { integers } = await columnOf(["1700000000", "1700000000000", "1700000000000000", "1"]);
  assert.deepEqual([integers?.epochSeconds, integers?.epochMillis, integers?.epochMicros], [1, 1, 1]);
});

test("reals tell their real scale, their infinities and their likeness to dates", async () => {
  const money = await columnOf(["19.99", "0.5", "1234567.25", "3.0"]);
  assert.deepEqual([money.reals?.scale, money.reals?.integerDigits, money.reals?.whole], [2, 7, 1]);
  const wild = await columnOf(["9e999", "-9e999", "0.1 + 0.2", "2451545.25", "1700000000.5"]);
  assert.deepEqual(
    [wild.reals?.infinite, wild.reals?.scale, wild.reals?.julian, wild.reals?.epochSeconds],
    [2, 17, 1, 1],
  );
  assert.deepEqual([wild.reals?.min, wild.reals?.max], [0.1 + 0.2, 1700000000.5]);
  const infinite = await columnOf(["9e999"]);
  assert.deepEqual([infinite.reals?.min, infinite.reals?.max], [null, null]);
});

test("a decimal's digits are those of its shortest form", () => {
  const cases: [number, number, number][] = [
    [0.1, 1, 1],
    [123.456, 3, 3],
    [1e-7, 7, 1],
    [1.5e-7, 8, 1],
    [1e21, 0, 22],
    [1.5e300, 0, 301],
    [16777217, 0, 8],
  ];
  for (const [value, decimals, whole] of cases)
    assert.deepEqual([decimalsOf(value), wholeDigits(value)], [decimals, whole], String(value));
});

test("texts tell length in characters and in bytes, NULs and bytes that are not UTF-8", async () => {
  const { texts } = await columnOf(["'a😀b'", "''", "'x' || char(0) || 'y'", "CAST(x'61ff62' AS TEXT)", "char(65533)"]);
  assert.deepEqual(
    [texts?.count, texts?.maxLength, texts?.maxBytes, texts?.empty, texts?.withNul, texts?.invalidUtf8],
    [5, 3, 6, 1, 1, 1],
  );
});

test("few distinct texts are listed, many are not", async () => {
  assert.deepEqual((await columnOf(["'no'", "'yes'", "'no'"])).texts?.distinct, ["no", "yes"]);
  assert.equal((await columnOf(Array.from({ length: 17 }, (_, i) => `'v${i}'`))).texts?.distinct, null);
  assert.equal((await columnOf([`'${"x".repeat(41)}'`])).texts?.distinct, null);
});

test("a column that is half dates, half text shows both halves", async () => {
  const { texts } = await columnOf(["'2024-02-29'", "'2023-02-29'", "'soon'", "'2024-01-01T10:00:00.123Z'"]);
  assert.deepEqual(texts?.dates, { date: 1, "t-zone": 1 });
  assert.equal(texts?.count, 4);
  assert.equal(texts?.fractionDigits, 3);
});

test("blobs tell their size and whether they are uuids or text", async () => {
  const { blobs } = await columnOf(["x'00112233445566778899aabbccddeeff'", "x'616263'", "x'610062'", "x'ff'"]);
  assert.deepEqual(blobs, { count: 4, maxBytes: 16, uuids: 1, utf8: 1 });
});

test("only dates and times that exist have a dialect", () => {
  const cases: Record<string, string | null> = {
    "2024-02-29": "date",
    "1900-02-29": null,
    "2024-13-01": null,
    "10:30": "time",
    "10:30:15.25": "time",
    "24:00": null,
    "2024-01-31 23:59:59": "space",
    "2024-01-31 23:59:60": null,
    "2024-01-31T23:59": "t",
    "2024-01-31 23:59:59.123456+05:30": "space-zone",
    "2024-01-31T23:59:59Z": "t-zone",
    "2024-01-31T23:59:59+0530": null,
    "2024-01-31T23:59:59+16:00": null,
    "2024-01-31T23:59:59.": null,
    "0000-00-00": "zero",
    "0000-00-00 00:00:00": "zero",
    "0000-01-01": null,
    "2024-1-3": null,
    "2024-01-31x": null,
  };
  for (const [text, dialect] of Object.entries(cases))
    assert.equal(dialects[look(dateDialect, text)] ?? null, dialect, text);
  look(dateDialect, "2024-01-31 23:59:59.1234567");
  assert.equal(fraction, 7);
});

test("a text is an integer or a decimal only where the number gives the same text back", () => {
  const cases: Record<string, ReturnType<typeof numberForm>> = {
    "0": "integer",
    "-5": "integer",
    "9223372036854775807": "integer",
    "9223372036854775808": "decimal",
    "12345678901234567890123": "decimal",
    "1.50": "decimal",
    "-0.5": "decimal",
    "-0": "looking",
    "-0.0": "looking",
    "007": "looking",
    "+1": "looking",
    "1.": "looking",
    ".5": "looking",
    "1e3": "looking",
    " 1 ": "looking",
    "1 2": null,
    "0x10": null,
    "1-2": null,
    "": null,
  };
  for (const [text, form] of Object.entries(cases)) assert.equal(look(numberForm, text), form, JSON.stringify(text));
});

test("JSON is what JSON.parse takes", () => {
  const texts = [
    ...['{"a":[1,-0.5e+3,true,false,null,"\\u00e9\\n"],"b":{}}', "[]", " [ 1 , 2 ] ", '""', "0", "-1", "1e5", "null"],
    ...[
      "{",
      "[1,]",
      '{"a"}',
      '{"a":1,}',
      "01",
      "1.",
      ".5",
      "+1",
      "'a'",
      '"\t"',
      '"\\x"',
      '"\\u12g4"',
      "nul",
      "[1] 2",
      "",
    ],
    ...["-", "--1", "1e", '{"a" 1}', "{a:1}", "[1 2]", '"a', "\ufeff1", "NaN", "[undefined]", '"\\ud83d\\ude00"'],
  ];
  for (const text of texts) {
    let parses = true;
    try {
      JSON.parse(text);
    } catch {
      parses = false;
    }
    assert.equal((look(inspectJson, text) & isJson) !== 0, parses, text);
  }
});

test("JSON that jsonb refuses is told apart", () => {
  for (const text of [
    '"\\u0000"',
    '"\\ud83d"',
    '"\\ude00"',
    '"\\ud83dx"',
    "1e20000",
    `${"[".repeat(2000)}${"]".repeat(2000)}`,
  ])
    assert.equal(look(inspectJson, text) & notJsonb, notJsonb, text.slice(0, 20));
  for (const text of ['"\\ud83d\\ude00"', "1e300", '"\\\\u0000"'])
    assert.equal(look(inspectJson, text) & notJsonb, 0, text);
  assert.equal(look(inspectJson, "[".repeat(2000)), 0);
});

test("UUIDs are told by how they are written", () => {
  assert.equal(look(uuidForm, "89181d8d-b038-48a4-a858-705868440000"), "lower");
  assert.equal(look(uuidForm, "89181D8D-b038-48a4-a858-705868440000"), "upper");
  assert.equal(look(uuidForm, "89181d8db03848a4a858705868440000"), "plain32");
  assert.equal(look(uuidForm, "89181d8d-b038-48a4-a858-70586844000g"), null);
  assert.equal(look(uuidForm, "89181d8d-b038-48a4-a858+705868440000"), null);
});

test("every row is read once, whatever the table's shape", async () => {
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)";
  const { tables } = await profileOf(`
    CREATE TABLE gaps(id INTEGER PRIMARY KEY, v); ${numbers} INSERT INTO gaps SELECT i * i * 700001 - 9000000, i FROM n;
    CREATE TABLE keyed(a, b, PRIMARY KEY (a, b)) WITHOUT ROWID; ${numbers} INSERT INTO keyed SELECT i % 7, i FROM n;
    CREATE TABLE hidden(rowid, _rowid_, oid); ${numbers} INSERT INTO hidden SELECT i, i, i FROM n;
    CREATE TABLE ends(id INTEGER PRIMARY KEY);
    INSERT INTO ends VALUES (-9223372036854775808), (0), (9223372036854775807);
    CREATE VIRTUAL TABLE words USING fts5(w); ${numbers} INSERT INTO words SELECT 'word ' || i FROM n;
    CREATE VIRTUAL TABLE box USING rtree(id, x0, x1); ${numbers} INSERT INTO box SELECT i, i, i + 1 FROM n;
    CREATE TABLE empty(a, b AS (a + 1))`);
  assert.deepEqual(
    tables.map(({ name, rows, rowids }) => [name, rows, rowids?.min ?? null]),
    [
      ["gaps", 1234, "-8299999"],
      ["keyed", 1234, null],
      ["hidden", 1234, null],
      ["ends", 3, "-9223372036854775808"],
      ["words", 1234, null],
      ["box", 1234, null],
      ["empty", 0, null],
    ],
  );
  assert.equal(tables[0]?.columns[1]?.integers?.count, 1234);
});

test("threads find the same as one thread, large values included", async () => {
  const rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000)";
  const { tables } = await profileOf(`PRAGMA page_size = 4096;
    CREATE TABLE t(id INTEGER PRIMARY KEY, v, big BLOB); ${rows}
    INSERT INTO t SELECT i, CASE i % 3 WHEN 0 THEN i WHEN 1 THEN i / 4.0 ELSE 'v' || (i % 5) END, x'00' FROM n;
    UPDATE t SET big = zeroblob(35000000) WHERE id IN (7, 200000);
    UPDATE t SET big = replace(hex(zeroblob(600000)), '0', 'é') WHERE id = 9;
    UPDATE t SET v = 1.2345e-300 WHERE id = 1`);
  const [id, v, big] = tables[0]?.columns ?? [];
  assert.deepEqual([id?.integers?.min, id?.integers?.max, id?.integers?.count], ["1", "250000", 250000]);
  assert.deepEqual([v?.integers?.count, v?.reals?.count, v?.texts?.count], [83333, 83334, 83333]);
  assert.equal(v?.reals?.min, 1.2345e-300);
  assert.deepEqual(v?.texts?.distinct, ["v0", "v1", "v2", "v3", "v4"]);
  assert.deepEqual(big?.blobs, { count: 249999, maxBytes: 35000000, uuids: 0, utf8: 0 });
  assert.deepEqual([big?.texts?.maxLength, big?.texts?.maxBytes], [1200000, 2400000]);
});
