import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { generate } from "../../../examples/liquor-shop/generate.ts";
import type { Reporter } from "../cli/reporter.ts";
import { count } from "../cli/table.ts";
import { stateFolder } from "../paths.ts";

/** Sales in the example's database: as many as such a shop has when its till begins to wait for locks. */
const transactions = 100_000;

/** The example application's database, made on the spot where it is not there yet; the same rows every time. */
export function exampleDatabase(reporter: Reporter): string {
  const file = join(stateFolder, "examples", "liquor-shop.sqlite");
  if (existsSync(file)) return file;
  reporter.note(`making an example: a liquor shop's till with ${count(transactions)} sales`);
  mkdirSync(dirname(file), { recursive: true });
  generate(`${file}.new`, { transactions, seed: 1 });
  renameSync(`${file}.new`, file);
  return file;
}
