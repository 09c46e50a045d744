import assert from "node:assert/strict";
import type { LoadResult } from "../../scripts/lib/migrate/model/results.ts";
import type { Mapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { differencesOf, fileOf, migrateFile, planFile } from "./migrate.ts";
import { accountOf } from "./plan.ts";
import type { TestPostgres } from "./postgres.ts";

/** A query that has no translation, and why. */
export type Refused = [sql: string, reason: RegExp];

/** A view of each expression over a table's rows, and one of each query. */
export const viewsOf = (table: string, expressions: string[], queries: string[]): string =>
  [
    ...expressions.map((expression, i) => `CREATE VIEW e${i} AS SELECT id, ${expression} AS v FROM ${table};`),
    ...queries.map((query, i) => `CREATE VIEW q${i} AS ${query};`),
  ].join("\n");

/** Moves what `sql` makes: all of it is translated, and gives the same in PostgreSQL as in SQLite. */
export async function assertTranslated(
  postgres: TestPostgres,
  sql: string,
  mapping: Partial<Mapping> = {},
): Promise<LoadResult> {
  const file = fileOf(sql);
  const planned = await planFile(file, mapping);
  const undecided = planned.plan.accounts.filter(({ outcome }) => outcome === "undecided");
  assert.deepEqual(
    undecided.map(({ key, reason, source }) => `${key}: ${source}: ${reason}`),
    [],
  );
  const { loaded, verified } = await migrateFile(file, await postgres.freshDatabase(), planned);
  assert.deepEqual(differencesOf(verified), []);
  assert.equal(verified.equal, true);
  return loaded;
}

/** Each query, as a view beside what `sql` makes, is left to decide, with its cause. */
export async function assertUndecided(sql: string, refused: Refused[]): Promise<void> {
  const views = refused.map(([query], i) => `CREATE VIEW v${i} AS ${query};`);
  const { plan } = await planFile(fileOf(`${sql}\n${views.join("\n")}`));
  for (const [i, [query, reason]] of refused.entries()) {
    const account = accountOf(plan, `view v${i}`);
    assert.equal(account.outcome, "undecided", query);
    assert.match(account.reason, reason, query);
  }
}
