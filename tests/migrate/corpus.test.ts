import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type CorpusResult, runOne } from "../corpus/corpus.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";
import { hazardNames, makeHazard } from "./hazards/hazards.ts";

// Every hazard through the whole pipeline, into a real server: proven, or an end that says what is left and why.
const skip = noPostgres;
const folder = temporaryFolder();
const postgres = skip ? null : await startPostgres({ max_connections: 100 });
after(() => postgres?.stop());

const results = new Map<string, CorpusResult>();

/** Hazards that must not end as proven: what they hold cannot be moved whole, or nobody can decide on it but the owner. */
const notProven: Record<string, RegExp> = {
  "columns-2000": /needs a decision \(table t\)/,
  "module-of-the-application": /needs a decision \(table vectors\)/,
  "collation-of-the-application": /needs a decision \(collation t\.a\)/,
  "local-time": /needs? a decision \(default t\.at, view v\)/,
  "collation-of-a-key-without-rowid": /needs a decision \(collation t\.k\)/,
  "tokenizer-of-the-application": /needs a decision \(table words\)/,
  "conflict-ignore": /^1 object needs a decision \("?on conflict of unique u\.2"?\)/,
  "virtual-tables-of-all-kinds": /need a decision \(table bare4, table terms\)/,
  "view-broken": /needs a decision \(view v\)/,
  "foreign-key-to-nowhere": /needs a decision \(foreign key c\.0\)/,
  "blob-over-64-mb-in-text": /^proven, 1 quarantined/,
  "blob-in-text": /^proven, 1 quarantined/,
  "view-over-rows-in-quarantine": /^proven, 4 quarantined/,
  "utf-16-lone-surrogate": /^proven, 1 quarantined/,
};

test("each hazard ends proven, or names what it leaves", { skip, concurrency: 2 }, async (t) => {
  const each = hazardNames.map((name) =>
    t.test(name, async () => {
      const result = await runOne(postgres as NonNullable<typeof postgres>, makeHazard(name, folder), false);
      results.set(name, result);
      assert.equal(result.failed, false, result.line);
      const expected = notProven[name];
      if (expected) assert.match(result.line, expected);
    }),
  );
  await Promise.all(each);
  const ends = [...results.values()];
  const proven = ends.filter(({ line }) => line.startsWith("proven")).length;
  const values = ends.reduce((sum, result) => sum + result.values, 0);
  console.log(
    `${ends.length} hazards: ${proven} proven, ${ends.length - proven} with a decision to make; ${values} values`,
  );
  assert.ok(proven > 90, "most hazards are no reason to decide anything");
});
