import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import type { ColumnPlan, Plan, TablePlan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { readTargetTables, type TargetColumn, type TargetTable } from "../schema/target-tables.ts";
import { fold } from "../sql/parse.ts";
import { accountExisting } from "./against-accounts.ts";
import { account, type PlanContext, type PlanOptions } from "./context.ts";
import { momentTypes } from "./conventions.ts";
import { accountKey } from "./ledger.ts";
import type { Mapping } from "./mapping.ts";
import { Names, toSnake } from "./names.ts";
import { planOthers } from "./others.ts";
import { openContext } from "./plan.ts";
import { checkMapping, entryOf, openTable } from "./tables.ts";
import { type ColumnFacts, seenIn } from "./types/choice.ts";
import { canonicalType, conversionFor } from "./types/mapped.ts";

/** Where tools of their own keep what they deployed: the deployment made them, and fills them. */
const ownTables = ["_prisma_migrations", "migrations", "django_migrations", "schema_migrations", "alembic_version"];

/**
 * Plans for tables that somebody deployed before: takes their types, and finds how the source's values get there. Tables and
 * columns are matched by the mapping, by name, without regard to case, and in snake_case.
 * @throws {LandfallError} usage, where no table of the source is there
 */
export async function planAgainst(
  catalog: SourceCatalog,
  profile: Profile,
  connection: Connection,
  mapping: Mapping,
  options: PlanOptions = {},
): Promise<Plan> {
  const context = openContext(catalog, mapping, options);
  checkMapping(context);
  const target = await readTargetTables(connection, context.options.schema);
  return planOver(context, profile, target);
}

/** The same without a server: what is there comes as data. */
export function planOver(
  context: PlanContext,
  profile: Profile,
  target: { tables: TargetTable[]; views: string[] },
): Plan {
  const { catalog, ledger } = context;
  const found = new Map<SourceTable, TargetTable>();
  const tables: TablePlan[] = [];
  const profiles = new Map(profile.tables.map((table) => [fold(table.name), table]));
  for (const source of catalog.tables.filter(({ kind }) => kind === "table")) {
    const match = matchName(entryOf(context.mapping.tables, source.name)?.name ?? source.name, target.tables);
    if (!acceptTable(context, source, match) || !match) continue;
    found.set(source, match);
    // Names are the target's: a namespace of its own gives each table what it is called there.
    const table = openTable({ ...context, relations: new Names("keep") }, source, profiles.get(fold(source.name)));
    table.named = { name: match.name, note: "" };
    context.tables.set(fold(source.name), table);
    tables.push(planExisting(context, source, match, profiles.get(fold(source.name))?.columns ?? []));
  }
  if (tables.length === 0) {
    throw new LandfallError(
      "usage",
      `none of the source's tables is in the schema ${context.options.schema} of the target`,
      "deploy the schema first (npm run deploy-schema), or leave --existing-schema out",
    );
  }
  accountExisting(context, found, target.views);
  for (const { name, module, sql } of catalog.tables.filter(({ kind }) => kind === "virtual")) {
    const key = accountKey("table", name);
    ledger.enter(account(key, "table", "undecided", `a virtual table of ${module}`, { source: sql }));
  }
  planOthers(context);
  ledger.checkMapping(context.mapping);
  return {
    version: 1,
    schemaDigest: catalog.schemaDigest,
    naming: context.options.naming,
    schema: context.options.schema,
    extensions: [],
    existing: true,
    tables,
    objects: [],
    accounts: ledger.all,
  };
}

/** @returns whether the table is loaded */
function acceptTable({ ledger }: PlanContext, source: SourceTable, match: TargetTable | undefined): boolean {
  const key = accountKey("table", source.name);
  const text = { source: source.sql };
  if (match && ownTables.includes(match.name) && match.filled) {
    ledger.enter(account(key, "table", "translated", "the deployment keeps its own there", text));
    return false;
  }
  if (!match) {
    ledger.enter(account(key, "table", "undecided", "the target has no table of that name", text));
    return false;
  }
  return ledger.enter(account(key, "table", "migrated", "the table that is there", { ...text, target: match.name }));
}

/** The target's object of a name: exactly so, else without regard to case, else in snake_case, with and without a plural's s. */
export function matchName<T extends { name: string }>(name: string, objects: T[]): T | undefined {
  const by = (same: (other: string) => boolean) => objects.find((object) => same(object.name));
  return (
    by((other) => other === name) ??
    by((other) => fold(other) === fold(name)) ??
    by((other) => toSnake(other) === toSnake(name)) ??
    by((other) => toSnake(other) === `${toSnake(name)}s` || `${toSnake(other)}s` === toSnake(name))
  );
}

function planExisting(
  context: PlanContext,
  source: SourceTable,
  target: TargetTable,
  profiles: Profile["tables"][number]["columns"],
): TablePlan {
  const mapped = entryOf(context.mapping.tables, source.name)?.columns ?? {};
  const plans = new Map<string, ColumnPlan>();
  for (const column of source.columns) {
    const key = accountKey("column", source.name, column.name);
    if (context.ledger.waiver(key) !== undefined) {
      context.ledger.enter(account(key, "column", "waived", ""));
      continue;
    }
    const wish = entryOf(mapped, column.name);
    const there = matchName(wish?.name ?? column.name, target.columns);
    const seen = seenIn(profiles.find(({ name }) => fold(name) === fold(column.name)));
    const facts: ColumnFacts = { column, seen, framework: context.framework, inKey: false, checkedJson: false };
    const made = there && !plans.has(there.name) ? existingColumn(facts, there, wish?.convert) : null;
    if (!made || !there) {
      const reason = there ? `nothing is converted to ${there.type}` : `${target.name} has no column of that name`;
      context.ledger.enter(account(key, "column", "undecided", reason, { source: column.declaredType }));
      continue;
    }
    const extras = {
      ...(wish?.nul ? { nul: wish.nul } : {}),
      ...(wish?.invalid ? { invalid: wish.invalid } : {}),
      ...(wish?.zero ? { zero: wish.zero } : {}),
    };
    plans.set(there.name, { ...made, convert: { ...made.convert, ...extras } });
    context.ledger.enter(
      account(key, "column", "migrated", made.reason, {
        source: `${column.name} ${column.declaredType}`.trim(),
        target: `${there.name} ${there.type}`,
      }),
    );
  }
  noteUnfed(context, source, target, plans);
  // In the target's order, which COPY follows.
  const columns = target.columns.flatMap(({ name }) => plans.get(name) ?? []);
  return { source: source.name, target: target.name, columns, comment: null, constraints: [] };
}

function existingColumn(
  facts: ColumnFacts,
  there: TargetColumn,
  convert: Partial<ColumnPlan["convert"]> | undefined,
): ColumnPlan | null {
  const { base } = canonicalType(there.type);
  const usual = conversionFor(base, facts);
  if (!usual) return null;
  // Prisma's moments are milliseconds, also where a column's values do not tell.
  const { framework, seen } = facts;
  const millis =
    framework && momentTypes[framework].type === "timestamp(3)" && (usual.as === "local" || usual.as === "instant");
  const unit = millis && seen.integers.count > 0 ? { integer: "millis" as const } : {};
  return {
    source: facts.column.name,
    target: there.name,
    type: canonicalType(there.type).type,
    convert: { ...usual, ...unit, ...convert },
    notNull: there.notNull,
    default: there.identity ? null : there.default,
    generated: there.generated,
    identity: there.identity,
    collation: null,
    reason: `${there.type}, as the target has it`,
  };
}

/** Columns of the target that no value of the source goes into, and that cannot do without one. */
function noteUnfed(
  { ledger }: PlanContext,
  source: SourceTable,
  target: TargetTable,
  plans: Map<string, ColumnPlan>,
): void {
  for (const column of target.columns) {
    const fed = plans.has(column.name) || column.default !== null || column.generated !== null || column.identity;
    if (fed || !column.notNull) continue;
    const key = accountKey("target column", source.name, column.name);
    const reason = `${target.name}.${column.name} must not be NULL, and the source has no column for it`;
    ledger.enter(account(key, "target column", "undecided", reason));
  }
}
