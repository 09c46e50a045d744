import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import type { Account, ColumnPlan, Plan } from "../../scripts/lib/migrate/model/plan.ts";
import type { ColumnProfile, Profile, TextProfile } from "../../scripts/lib/migrate/model/profile.ts";
import type { SourceCatalog } from "../../scripts/lib/migrate/model/source.ts";
import { emptyMapping, type Mapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { makePlan, type PlanOptions } from "../../scripts/lib/migrate/plan/plan.ts";
import { noTexts } from "../../scripts/lib/migrate/plan/types/choice.ts";

/** The catalog of a file that holds what `sql` makes. */
export function catalogOf(sql: string): SourceCatalog {
  const folder = mkdtempSync(join(tmpdir(), "lf-plan-"));
  try {
    const file = join(folder, "source.db");
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    const source = openSource(file);
    try {
      return readCatalog(source);
    } finally {
      source.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A profile of empty tables, with columns that a test wants otherwise, by "table.column". */
export function profileOf(catalog: SourceCatalog, columns: Record<string, Partial<ColumnProfile>> = {}): Profile {
  return {
    version: 1,
    schemaDigest: catalog.schemaDigest,
    tables: catalog.tables.map((table) => ({
      name: table.name,
      rows: 0,
      rowids: null,
      columns: table.columns.map(({ name }) => ({
        name,
        nulls: 0,
        integers: null,
        reals: null,
        texts: null,
        blobs: null,
        samples: [],
        ...columns[`${table.name}.${name}`],
      })),
    })),
  };
}

/** Plans what `sql` makes. */
export function planOf(
  sql: string,
  columns: Record<string, Partial<ColumnProfile>> = {},
  mapping: Partial<Mapping> = {},
  options: PlanOptions = {},
): Plan {
  const catalog = catalogOf(sql);
  return makePlan(
    catalog,
    profileOf(catalog, columns),
    { ...emptyMapping, ...mapping },
    { collation: null, ...options },
  );
}

export function columnOf(plan: Plan, name: string): ColumnPlan {
  const found = plan.tables
    .flatMap((table) => table.columns.map((column) => ({ name: `${table.source}.${column.source}`, column })))
    .find((entry) => entry.name === name);
  if (!found) throw new Error(`the plan has no column ${name}`);
  return found.column;
}

export function accountOf(plan: Plan, key: string): Account {
  const found = plan.accounts.find((account) => account.key === key);
  if (!found) throw new Error(`no account ${key} among ${plan.accounts.map((account) => account.key).join(", ")}`);
  return found;
}

export const integers = (min: number | bigint, max: number | bigint, rest = {}): Partial<ColumnProfile> => ({
  integers: {
    count: 2,
    min: String(min),
    max: String(max),
    booleans: 0,
    epochSeconds: 0,
    epochMillis: 0,
    epochMicros: 0,
    ...rest,
  },
});

export const reals = (rest = {}): Partial<ColumnProfile> => ({
  reals: {
    count: 2,
    min: 0,
    max: 1,
    whole: 0,
    infinite: 0,
    scale: 2,
    integerDigits: 1,
    julian: 0,
    epochSeconds: 0,
    ...rest,
  },
});

export const texts = (rest: Partial<TextProfile> = {}): Partial<ColumnProfile> => ({
  texts: { ...noTexts, count: 2, maxLength: 10, maxBytes: 10, ...rest },
});

export const blobs = (rest = {}): Partial<ColumnProfile> => ({
  blobs: { count: 2, maxBytes: 10, uuids: 0, utf8: 0, ...rest },
});
