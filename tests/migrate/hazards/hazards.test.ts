import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { silentReporter } from "../../../scripts/lib/cli/reporter.ts";
import { settleCopy } from "../../../scripts/lib/db/sqlite/backup.ts";
import { readCatalog } from "../../../scripts/lib/db/sqlite/catalog.ts";
import { lendCollations } from "../../../scripts/lib/db/sqlite/collations.ts";
import { openSource } from "../../../scripts/lib/db/sqlite/open.ts";
import type { ColumnProfile, Profile } from "../../../scripts/lib/migrate/model/profile.ts";
import type { SourceCatalog } from "../../../scripts/lib/migrate/model/source.ts";
import { profileSource } from "../../../scripts/lib/migrate/profile/profile.ts";
import { takeSnapshot } from "../../../scripts/lib/migrate/snapshot/snapshot.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { fileHazards } from "./files.ts";
import { hazardNames, makeHazard } from "./hazards.ts";

const folder = temporaryFolder();
const sources = temporaryFolder();
const seen = new Map<string, { catalog: SourceCatalog; profile: Profile }>();

async function look(name: string): Promise<{ catalog: SourceCatalog; profile: Profile }> {
  const known = seen.get(name);
  if (known) return known;
  const file = makeHazard(name, folder);
  // As a snapshot does with its copy; of the others nothing needs it.
  if (name === "collation-of-a-key-without-rowid") lendCollations(file);
  if (name === "journal-left-by-a-dead-writer") settleCopy(file, file);
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  const found = { catalog, profile: await profileSource(file, catalog, silentReporter) };
  seen.set(name, found);
  return found;
}

test("there are at least 60 hazards, and each is made, cataloged and profiled with every row counted", async () => {
  assert.ok(hazardNames.length >= 60, String(hazardNames.length));
  for (const name of hazardNames) {
    const { catalog, profile } = await look(name);
    for (const table of profile.tables) {
      const source = openSource(catalog.file);
      const count = source.prepare(`SELECT count(*) FROM "${table.name}" NOT INDEXED`).get()?.[0];
      source.close();
      assert.equal(BigInt(table.rows), count, `${name}: ${table.name}`);
      for (const column of table.columns) {
        const parts = [column.integers, column.reals, column.texts, column.blobs];
        const values = parts.reduce((sum, part) => sum + (part?.count ?? 0), column.nulls);
        assert.equal(values, table.rows, `${name}: ${table.name}.${column.name}`);
      }
    }
  }
});

/** The column `c` that the hazards of values have. */
async function values(name: string): Promise<ColumnProfile> {
  const { profile } = await look(name);
  const column = profile.tables[0]?.columns.find((one) => one.name === "c");
  assert.ok(column, name);
  return column;
}

test("the profile shows the hazards of values", async () => {
  const text = (await values("text-in-integer")).texts;
  assert.deepEqual([text?.count, text?.distinct], [2, ["4x", "three"]]);
  assert.equal((await values("nul-in-text")).texts?.withNul, 2);
  assert.equal((await values("invalid-utf8")).texts?.invalidUtf8, 3);
  assert.equal((await values("genuine-replacement-character")).texts?.invalidUtf8, 0);
  assert.equal((await values("infinite-reals")).reals?.infinite, 2);
  assert.equal((await values("integers-beyond-2-53")).integers?.max, "9007199254740993");
  assert.equal((await values("decimals-as-real")).reals?.scale, 3);
  assert.deepEqual((await values("decimals-as-text")).texts?.decimals, { count: 4, scale: 9, integerDigits: 20 });
  assert.deepEqual((await values("dates-half-text")).texts?.dates, { date: 2 });
  assert.deepEqual((await values("dates-zero")).texts?.dates, { zero: 2, space: 1 });
  assert.deepEqual((await values("json-that-jsonb-refuses")).texts?.json, {
    objects: 2,
    arrays: 1,
    scalars: 0,
    notJsonb: 2,
  });
  assert.equal((await values("booleans-with-a-2")).integers?.booleans, 2);
  assert.equal((await values("numbers-and-texts-alike")).texts?.numericLooking, 4);
});

test("the catalog shows the hazards of schemas and files", async () => {
  const of = async (name: string) => (await look(name)).catalog;
  assert.equal((await of("columns-2000")).tables[0]?.columns.length, 2000);
  assert.equal((await of("autoincrement")).tables[0]?.sequence, "900");
  assert.equal((await of("primary-key-descending")).tables[0]?.rowidAlias, null);
  assert.equal((await of("column-named-rowid")).tables[0]?.rowidName, null);
  assert.equal((await of("utf-16be")).encoding, "UTF-16be");
  assert.deepEqual((await of("module-of-the-application")).tables[1]?.columns, []);
  assert.equal((await of("triggers")).triggers.length, 4);
  assert.equal((await look("utf-16-lone-surrogate")).profile.tables[0]?.columns[0]?.texts?.invalidUtf8, 1);
  assert.equal((await look("wal-not-checkpointed")).profile.tables[0]?.rows, 300);
  assert.equal((await look("added-column-with-default")).profile.tables[0]?.columns[2]?.texts?.count, 3);
  assert.equal((await look("fts5-without-content")).profile.tables[0]?.columns[0]?.nulls, 1);
});

test("a snapshot of each file's hazard is taken, and broken references are counted", async () => {
  const of = async (name: string) => takeSnapshot(makeHazard(name, sources), join(folder, name), silentReporter);
  const rows = async (name: string) => (await of(name)).foreignKeyViolations.map((one) => one.rows);
  assert.deepEqual(await rows("foreign-key-broken"), [2]);
  assert.deepEqual(await rows("foreign-key-to-nowhere"), [1]);
  assert.deepEqual(await rows("foreign-key-to-no-key"), []);
  assert.deepEqual(await rows("foreign-key-of-another-type"), []);
  assert.deepEqual((await of("not-null-broken")).integrity, ["NULL value in t.a"]);
  for (const name of Object.keys(fileHazards)) assert.deepEqual((await of(name)).foreignKeyViolations, [], name);
});
