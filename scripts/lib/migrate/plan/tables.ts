import { LandfallError } from "../../cli/errors.ts";
import { counted } from "../../cli/table.ts";
import { quoteIdentifier } from "../../db/postgres/identifiers.ts";
import type { ColumnPlan, TablePlan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { SourceTable } from "../model/source.ts";
import { fold } from "../sql/parse.ts";
import { parseTable } from "../sql/table.ts";
import { checkedJson } from "./checked-json.ts";
import { planCollation } from "./collations.ts";
import { account, addConstraint, type ColumnContext, type PlanContext, type TableContext, tableOf } from "./context.ts";
import { planDefault } from "./defaults.ts";
import { planGenerated } from "./generated.ts";
import { indexesOf } from "./indexes-of.ts";
import { accountKey } from "./ledger.ts";
import type { ColumnMapping, TableMapping } from "./mapping.ts";
import { Names } from "./names.ts";
import { planNotNullConflict } from "./not-null-conflicts.ts";
import { seenIn } from "./types/choice.ts";
import { applyMapping } from "./types/mapped.ts";

/** Columns of a table that PostgreSQL can hold. */
const maxColumns = 1600;

/** Reads, names and types every table that is moved, before any of them is planned: keys look at other tables' columns. */
export function openTables(context: PlanContext, profile: Profile): void {
  const profiles = new Map(profile.tables.map((table) => [fold(table.name), table]));
  for (const source of context.catalog.tables) {
    if (source.kind !== "table" || source.columns.length > maxColumns) continue;
    if (context.ledger.waiver(accountKey("table", source.name)) !== undefined) continue;
    openTable(context, source, profiles.get(fold(source.name)));
  }
}

export function openTable(context: PlanContext, source: SourceTable, profile: TableContext["profile"]): TableContext {
  const mapped = entryOf(context.mapping.tables, source.name);
  const naming = context.options.naming;
  const table: TableContext = {
    source,
    profile,
    parsed: source.kind === "table" ? parseTable(source.sql) : null,
    named: context.relations.give(mapped?.name ?? source.name, mapped?.name !== undefined),
    columns: new Map(),
    constraints: [],
    keys: new Set(),
    constraintNames: new Names("keep"),
    rowid: null,
  };
  const names = Names.forColumns(naming);
  const profiles = new Map((profile?.columns ?? []).map((column) => [fold(column.name), column]));
  const keys = keyColumns(context, source);
  const json = checkedJson(table.parsed);
  for (const column of source.columns) {
    if (context.ledger.waiver(accountKey("column", source.name, column.name)) !== undefined) {
      context.ledger.enter(account(accountKey("column", source.name, column.name), "column", "waived", ""));
      continue;
    }
    const folded = fold(column.name);
    const wish = mapped ? entryOf(mapped.columns, column.name) : undefined;
    const columnProfile = profiles.get(folded);
    const facts = {
      column,
      seen: seenIn(columnProfile),
      framework: context.framework,
      inKey: keys.has(folded),
      checkedJson: json.has(folded),
    };
    table.columns.set(folded, {
      source: column,
      profile: columnProfile,
      parsed: table.parsed?.columns.get(folded),
      named: names.give(wish?.name ?? column.name, wish?.name !== undefined),
      choice: applyMapping(facts, wish, `${source.name}.${column.name}`),
      identity: false,
    });
  }
  openIdentity(table);
  context.tables.set(fold(source.name), table);
  return table;
}

/** The rowid by another name: PostgreSQL numbers new rows itself, as SQLite did. */
function openIdentity({ source, columns }: TableContext): void {
  const column = source.rowidAlias === null ? undefined : columns.get(fold(source.rowidAlias));
  if (!column || column.choice.convert.as !== "integer") return;
  column.identity = true;
  column.choice = { ...column.choice, reason: `INTEGER PRIMARY KEY: numbers itself; ${column.choice.reason}` };
}

/** Folded names of the columns of keys, either side of a foreign key included. */
function keyColumns({ catalog }: PlanContext, source: SourceTable): Set<string> {
  const own = [
    ...source.primaryKey,
    ...source.foreignKeys.flatMap(({ columns }) => columns),
    ...indexesOf(catalog, source.name)
      .filter(({ unique }) => unique)
      .flatMap(({ parts }) => parts.map(({ column }) => column ?? "")),
  ];
  return new Set(own.map(fold));
}

/** Finds what a mapping says of an object, whatever the case of its letters. */
export function entryOf<T>(record: Record<string, T>, name: string): T | undefined {
  if (Object.hasOwn(record, name)) return record[name];
  const key = Object.keys(record).find((other) => fold(other) === fold(name));
  return key === undefined ? undefined : record[key];
}

/** @throws {LandfallError} usage, where a mapping names tables or columns that the source does not have */
export function checkMapping(context: PlanContext): void {
  const unknown: string[] = [];
  for (const [name, { columns }] of Object.entries(context.mapping.tables)) {
    const table = context.catalog.tables.find((other) => fold(other.name) === fold(name));
    if (!table) {
      unknown.push(`no table ${name}`);
      continue;
    }
    const known = new Set([...table.columns.map((column) => fold(column.name)), fold(table.rowidName ?? "")]);
    unknown.push(
      ...Object.keys(columns)
        .filter((column) => !known.has(fold(column)))
        .map((c) => `no column ${name}.${c}`),
    );
  }
  if (unknown.length === 0) return;
  throw new LandfallError(
    "usage",
    `the mapping names what the source does not have: ${unknown.join(", ")}`,
    "mend or remove the names",
  );
}

/** The tables of the plan, their columns and what belongs to a column; keys are added afterwards. */
export function planTables(context: PlanContext): TablePlan[] {
  const plans: TablePlan[] = [];
  for (const source of context.catalog.tables.filter(({ kind }) => kind === "table")) {
    const table = tableOf(context, source.name);
    if (table) plans.push(planTable(context, table));
    else refuseTable(context, source);
  }
  return plans;
}

export function planTable(context: PlanContext, table: TableContext, what = "a table"): TablePlan {
  const { source, named } = table;
  const mapped = entryOf(context.mapping.tables, source.name);
  const key = accountKey("table", source.name);
  context.ledger.enter(
    account(key, "table", source.kind === "table" ? "migrated" : "translated", notes(what, named.note), {
      source: source.sql,
      target: named.name,
    }),
  );
  if (source.kind === "table" && !table.parsed) {
    const reason = "its SQL cannot be read: CHECKs, collations and expressions in it are unknown";
    context.ledger.enter(
      account(accountKey("declaration", source.name), "declaration", "undecided", reason, { source: source.sql }),
    );
  }
  planProperties(context, source);
  const columns = [...table.columns.values()].map((column) => planColumn(context, table, column, mapped));
  return { source: source.name, target: named.name, columns, comment: null, constraints: table.constraints };
}

function planProperties({ ledger }: PlanContext, source: SourceTable): void {
  const enter = (kind: string, reason: string) =>
    ledger.enter(account(accountKey(kind, source.name), kind, "migrated", reason));
  if (source.strict) enter("strict", "PostgreSQL checks types always");
  if (source.withoutRowid) enter("without rowid", "PostgreSQL has no rowid to leave out");
  if (source.autoincrement) enter("autoincrement", "an identity column never gives a number twice");
}

function planColumn(
  context: PlanContext,
  table: TableContext,
  column: ColumnContext,
  mapped: TableMapping | undefined,
): ColumnPlan {
  const { source, named, choice } = column;
  const wish = mapped ? entryOf(mapped.columns, source.name) : undefined;
  const names = [table.source.name, source.name] as const;
  const generated = planGenerated(context, table, column);
  const ownDefault = generated === null ? planDefault(context, table, column, wish) : null;
  planNotNullConflict(context, table, column, wish?.notNull === false ? null : ownDefault);
  const plan: ColumnPlan = {
    source: source.name,
    target: named.name,
    type: choice.type,
    convert: choice.convert,
    notNull: planNotNull(context, table, column, wish),
    default: ownDefault,
    generated,
    identity: column.identity,
    collation: planCollation(context, table, column),
    reason: notes(choice.reason, named.note),
  };
  context.ledger.enter(
    account(accountKey("column", ...names), "column", "migrated", plan.reason, {
      source: `${source.name} ${source.declaredType}`.trim(),
      target: `${named.name} ${choice.type}`,
    }),
  );
  return plan;
}

function planNotNull(
  context: PlanContext,
  table: TableContext,
  { source, profile, identity, named }: ColumnContext,
  wish: ColumnMapping | undefined,
): boolean {
  if (!source.notNull) return wish?.notNull ?? false;
  const key = accountKey("not null", table.source.name, source.name);
  const text = { source: "NOT NULL" };
  if (wish?.notNull === false) {
    return context.ledger.enter(account(key, "not null", "waived", "by the mapping", text));
  }
  const nulls = profile?.nulls ?? 0;
  if (nulls === 0 || identity) return context.ledger.enter(account(key, "not null", "migrated", "NOT NULL", text));
  const sql = `CHECK (${quoteIdentifier(named.name)} IS NOT NULL)`;
  const { name } = table.constraintNames.give(`${table.named.name}_${named.name}_not_null`);
  const reason = `the source holds ${counted(nulls, "NULL")} there: new rows are checked, what is there stays (NOT VALID)`;
  const entry = account(key, "not null", "translated", reason, { ...text, target: sql });
  addConstraint(context, table, entry, { name, kind: "check", sql, validate: false });
  return false;
}

/** A table that is too wide: nothing of it is moved, and every part of it is named. */
function refuseTable({ ledger }: PlanContext, source: SourceTable): void {
  const reason = `it has ${source.columns.length} columns, and a table of PostgreSQL has at most ${maxColumns}: split it in the source, or waive it`;
  ledger.enter(account(accountKey("table", source.name), "table", "undecided", reason, { source: source.sql }));
}

export function notes(...parts: string[]): string {
  return parts.filter((part) => part !== "").join("; ");
}
