import { counted } from "../../cli/table.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold } from "../sql/parse.ts";
import type { ParsedKey } from "../sql/table.ts";
import { planConflict } from "./conflicts.ts";
import {
  account,
  addConstraint,
  addObject,
  type ColumnContext,
  columnOf,
  type PlanContext,
  type TableContext,
} from "./context.ts";
import { indexesOf } from "./indexes-of.ts";
import { accountKey } from "./ledger.ts";
import { fitParts, type Part, partList, partNotes, partOf } from "./parts.ts";
import { notes } from "./tables.ts";

/** PRIMARY KEY and UNIQUE of a table. Foreign keys can refer to those that end as constraints, so they come first. */
export function planKeys(context: PlanContext, table: TableContext): void {
  planPrimary(context, table);
  const done = new Map<string, string>();
  if (table.source.primaryKey.length > 0) done.set(signature(table.source.primaryKey), "the primary key");
  uniquesOf(context, table).forEach((unique, i) => {
    planUnique(context, table, unique, accountKey("unique", table.source.name, i + 1), done);
  });
}

/** The same for a key whatever the order of its columns. */
export const keySignature = (columns: ColumnContext[]): string => signature(columns.map(({ source }) => source.name));

const signature = (columns: (string | null)[]): string =>
  JSON.stringify(columns.map((name) => fold(name ?? "")).sort());

function planPrimary(context: PlanContext, table: TableContext): void {
  const { source, parsed } = table;
  if (source.primaryKey.length === 0) return;
  const key = accountKey("primary key", source.name);
  planConflict(context, parsed?.primary?.conflict, key, "PRIMARY KEY", {
    table,
    parts: parsed?.primary?.parts ?? [],
  });
  const declared = parsed?.primary?.parts ?? [];
  const collations = new Map(declared.map((part) => [fold(part.column ?? ""), part.collation]));
  const columns = source.primaryKey.map((name) => columnOf(table, name)).filter((column) => column !== undefined);
  const parts = columns.map((column) => partOf(column, collations.get(fold(column.source.name)) ?? null, true));
  const nulls = columns.reduce((sum, { profile, identity }) => sum + (identity ? 0 : (profile?.nulls ?? 0)), 0);
  const text = { source: parsed?.primary?.text ?? `PRIMARY KEY (${source.primaryKey.join(", ")})` };
  if (columns.length < source.primaryKey.length) {
    context.ledger.enter(account(key, "primary key", "undecided", "a column of it is not moved", text));
    return;
  }
  const fitted = fitParts(parts);
  const named = parsed?.primary?.name ?? `${table.named.name}_pkey`;
  const { name } = context.relations.give(named, parsed?.primary?.name != null && context.options.naming === "keep");
  if (fitted.parts.every(({ plain }) => plain)) {
    const kind = nulls > 0 ? "UNIQUE" : "PRIMARY KEY";
    const sql = `${kind} (${partList(parts)})`;
    const reason =
      nulls > 0 ? `SQLite let ${counted(nulls, "NULL")} into it: unique, but no primary key` : "a primary key";
    const order = declared.some(({ descending }) => descending) ? "read backwards where it is DESC" : "";
    const outcome = nulls > 0 ? "translated" : "migrated";
    const entry = account(key, "primary key", outcome, notes(reason, order), { ...text, target: sql });
    const constraint = { name, kind: nulls > 0 ? "unique" : "primary", sql, validate: true } as const;
    if (addConstraint(context, table, entry, constraint)) table.keys.add(keySignature(columns));
  } else {
    const reason = notes("unique, but no primary key", partNotes(fitted.parts));
    uniqueIndex(context, table, { key, kind: "primary key", name, parts: fitted.parts, reason, source: text.source });
  }
}

/** Unique constraints as declared; where the declaration cannot be read, those that SQLite keeps indexes for. */
function uniquesOf({ catalog }: PlanContext, { source, parsed }: TableContext): ParsedKey[] {
  if (parsed) return parsed.uniques;
  const kept = indexesOf(catalog, source.name).filter(({ origin }) => origin === "unique");
  return kept.map(({ parts }) => ({
    name: null,
    parts: parts.map(({ column, collation, descending }) => ({ column, collation, descending })),
    conflict: null,
    text: `UNIQUE (${parts.map(({ column }) => column).join(", ")})`,
  }));
}

function planUnique(
  context: PlanContext,
  table: TableContext,
  unique: ParsedKey,
  key: string,
  done: Map<string, string>,
): void {
  planConflict(context, unique.conflict, key, "UNIQUE", { table, parts: unique.parts });
  const text = { source: unique.text };
  const names = unique.parts.map(({ column }) => column);
  const collated = unique.parts.some(({ collation }) => collation !== null);
  const same = collated ? undefined : done.get(signature(names));
  if (same !== undefined) {
    context.ledger.enter(account(key, "unique", "migrated", `the same as ${same}`, text));
    return;
  }
  const columns = names.map((name) => (name === null ? undefined : columnOf(table, name)));
  const parts = columns.map((column, i) => column && partOf(column, unique.parts[i]?.collation ?? null, true));
  if (!parts.every((part) => part !== undefined)) {
    context.ledger.enter(account(key, "unique", "undecided", "a column of it is not moved", text));
    return;
  }
  if (!collated) done.set(signature(names), key);
  const fitted = fitParts(parts);
  const usual = `${table.named.name}_${columns.map((column) => column?.named.name).join("_")}_key`;
  const { name } = context.relations.give(unique.name ?? usual);
  if (!fitted.parts.every(({ plain }) => plain)) {
    const reason = notes("a unique index", partNotes(fitted.parts));
    uniqueIndex(context, table, { key, kind: "unique", name, parts: fitted.parts, reason, source: unique.text });
    return;
  }
  const sql = `UNIQUE (${partList(parts)})`;
  const entry = account(key, "unique", "migrated", "NULLs differ from each other on both sides", {
    ...text,
    target: sql,
  });
  if (addConstraint(context, table, entry, { name, kind: "unique", sql, validate: true }))
    table.keys.add(signature(names));
}

function uniqueIndex(
  context: PlanContext,
  table: TableContext,
  index: { key: string; kind: string; name: string; parts: Part[]; reason: string; source: string },
): void {
  const on = quoteQualified(context.options.schema, table.named.name);
  const sql = `CREATE UNIQUE INDEX ${quoteIdentifier(index.name)} ON ${on} (${partList(index.parts)})`;
  const entry = account(index.key, index.kind, "translated", index.reason, { source: index.source, target: sql });
  addObject(context, entry, { kind: "index", name: index.name, sql: [sql] });
}
