import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runOne } from "../../corpus/corpus.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { writeRandomFile } from "./file.ts";

/**
 * Moves random files through the whole pipeline: each ends proven or with named decisions, none in an error of ours and none
 * with a difference.
 * @param first seed of the first file; one that failed is made again with it alone
 */
export function randomSuite(files: number, first: number): void {
  let postgres: TestPostgres;
  before(async () => {
    if (!noPostgres) postgres = await startPostgres();
  });
  after(() => postgres?.stop());

  test(`${files} random files end proven, or name what there is to decide`, { skip: noPostgres }, async () => {
    const folder = temporaryFolder();
    const failed: string[] = [];
    const sums = { translated: 0, undecided: 0, values: 0, quarantined: 0 };
    for (let seed = first; seed < first + files; seed++) {
      const file = join(folder, `random-${seed}.sqlite`);
      writeRandomFile(file, seed);
      const result = await runOne(postgres, file, false);
      if (result.failed) failed.push(`seed ${seed}: ${result.line}`);
      sums.translated += result.translated;
      sums.undecided += result.undecided.length;
      sums.values += result.values;
      sums.quarantined += result.quarantined;
      rmSync(file, { force: true });
    }
    const { translated, undecided, values, quarantined } = sums;
    console.log(
      `${files} random files: ${translated} objects translated, ${undecided} to decide, ${quarantined} rows in quarantine, ${values} values compared`,
    );
    assert.deepEqual(failed, []);
    assert.ok(values > 0 && translated > files, "the files hold something to translate");
  });
}
