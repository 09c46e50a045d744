import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Random } from "../../examples/lib/random.ts";
import { settleCopy } from "../../scripts/lib/db/sqlite/backup.ts";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { lendCollations } from "../../scripts/lib/db/sqlite/collations.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { PageFile } from "../../scripts/lib/db/sqlite-pages/page-file.ts";
import { cutPieces } from "../../scripts/lib/migrate/profile/pieces.ts";
import {
  newScan,
  type Range,
  readingOf,
  scanThroughSqlite,
  type TableScan,
} from "../../scripts/lib/migrate/profile/scan.ts";
import { StoredScan } from "../../scripts/lib/migrate/profile/stored-scan.ts";
import { hazardNames, makeHazard } from "../migrate/hazards/hazards.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const nothing = () => {};
const found = ({ rows, columns }: TableScan) => ({ rows, columns: columns.map((column) => column.profile("", [])) });

/** Scans each piece of a file from its pages and through SQLite, and compares. @returns pieces that both can read */
function compareWays(file: string): number {
  const source = openSource(file);
  const pages = new PageFile(file);
  try {
    const catalog = readCatalog(source);
    let compared = 0;
    for (const { table: number, range } of cutPieces(source, catalog)) {
      const table = catalog.tables[number];
      assert.ok(table);
      // Large enough for large values to be read one at a time.
      const reading = readingOf(source, catalog, table, 1e9);
      const stored = StoredScan.of(reading, pages);
      if (range === null || !stored?.takes(range)) continue;
      compared += 1;
      const both: Record<string, (range: Range, scan: TableScan) => void> = {
        pages: (range, scan) => stored.scan(range, scan, nothing),
        sqlite: (range, scan) => scanThroughSqlite(reading, range, scan, nothing),
      };
      const [one, other] = Object.values(both).map((way) => {
        const scan = newScan(table);
        way(range, scan);
        return found(scan);
      });
      assert.deepEqual(one, other, `${file}: ${table.name}`);
    }
    return compared;
  } finally {
    source.close();
    pages.close();
  }
}

test("a hazard's profile is the same from the file's pages and through SQLite", () => {
  let compared = 0;
  for (const name of hazardNames) {
    const file = makeHazard(name, folder);
    if (name === "collation-of-a-key-without-rowid") lendCollations(file);
    if (PageFile.alone(file) === null) settleCopy(file, file);
    compared += compareWays(file);
  }
  assert.ok(compared >= hazardNames.length / 2, String(compared));
});

/** What scanners look for, whole and in bits, and bytes that are no UTF-8. */
const bits = [
  ...[
    "2024-02-29",
    "0000-00-00",
    "23:59:59",
    ".123",
    "T",
    " ",
    "Z",
    "+05:30",
    "-",
    ":",
    "12",
    "007",
    "1e5",
    "9223372036854775807",
  ],
  ...[
    '{"a": ',
    "}",
    "[",
    "]",
    ",",
    '"',
    "\\u0000",
    "\\ud83d",
    "\\n",
    "true",
    "null",
    "é",
    "😀",
    "\ufffd",
    "\0",
    "\t",
    "x",
  ],
  ...["89181d8d-b038-48a4-a858-705868440000", "89181D8DB03848A4A858705868440000", "y".repeat(150)],
].map((text) => Buffer.from(text));
const broken = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f]].map((bytes) => Buffer.from(bytes));

for (const short of [60, 3000])
  test(`generated values have the same profile from the file's pages and through SQLite, ${short} rows without their last column`, () => {
    const file = join(folder, `generated-${short}.sqlite`);
    const database = new DatabaseSync(file);
    const random = new Random(4);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
    database.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b REAL, c TEXT, d); BEGIN");
    const insert = database.prepare("INSERT INTO t VALUES (NULL, CAST(? AS TEXT), ?, ?, ?)");
    const text = () => {
      const parts = Array.from({ length: Math.floor(random.next() * 5) }, () => pick(bits));
      if (random.next() < 0.1) parts.push(pick(broken));
      return Buffer.concat(parts);
    };
    const numbers = [
      null,
      0,
      1,
      1.5,
      1e300,
      1_700_000_000,
      1_700_000_000_000,
      2n ** 62n,
      -(2n ** 63n),
      Number.POSITIVE_INFINITY,
    ];
    for (let i = 0; i < 5000; i++)
      insert.run(text(), pick(numbers), pick(["yes", "no", "ja", null]), pick([...numbers, text()]));
    // Rows that stand in the pages with fewer fields, and one that is too large to be put together.
    database.exec(
      "COMMIT; ALTER TABLE t ADD COLUMN e DEFAULT 'late'; INSERT INTO t(a, e) VALUES ('now', 5), (zeroblob(3000000), 6)",
    );
    database.exec(`UPDATE t SET e = 'x' WHERE id > ${short}`);
    database.close();
    assert.equal(compareWays(file), 1);
    assert.ok(statSync(file).size > 3e6);
  });
