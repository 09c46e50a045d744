import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { TablePlan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { SourceColumn, SourceTable } from "../model/source.ts";
import { fold, parseAs } from "../sql/parse.ts";
import {
  account,
  addConstraint,
  addObject,
  columnOf,
  type PlanContext,
  type TableContext,
  tableOf,
} from "./context.ts";
import { accountKey } from "./ledger.ts";
import { scopeColumn } from "./relations.ts";
import { openTable, planTable } from "./tables.ts";

/** Longest text that is surely taken by a tsvector, which has 1 MB. */
const maxIndexed = 500_000;

/** How a full-text index keeps what it indexes. */
type Content = { kind: "own" } | { kind: "none" } | { kind: "table"; name: string };

/**
 * Opens the virtual tables whose content is moved: full-text indexes that keep it themselves, and R-trees. Like other tables,
 * they have to be known before anything is planned that reads them.
 */
export function openVirtualTables(context: PlanContext, profile: Profile): void {
  const profiles = new Map(profile.tables.map((table) => [fold(table.name), table]));
  for (const source of context.catalog.tables.filter(({ kind }) => kind === "virtual")) {
    if (context.ledger.waiver(accountKey("table", source.name)) !== undefined || !isReadable(source)) continue;
    const found = profiles.get(fold(source.name));
    if (isRtree(source)) openTable(context, { ...source, primaryKey: [source.columns[0]?.name ?? ""] }, found);
    else if (isFullText(source) && contentOf(source).kind === "own") openFullText(context, source, found);
  }
}

/** A virtual table whose module or tokenizer is the application's own tells no columns. */
const isReadable = ({ columns }: SourceTable): boolean => columns.length > 0;
const isFullText = ({ module }: SourceTable): boolean => module === "fts5" || module === "fts4" || module === "fts3";
const isRtree = ({ module }: SourceTable): boolean => module === "rtree" || module === "rtree_i32";

/** The rowid of a full-text index is what joins it to the table that it is about: it becomes a column. */
function openFullText(context: PlanContext, source: SourceTable, profile: TableContext["profile"]): void {
  const name = source.rowidName ?? "rowid";
  const rowid: SourceColumn = {
    name,
    declaredType: "INTEGER",
    affinity: "integer",
    notNull: false,
    defaultSql: null,
    generated: null,
  };
  const table = openTable(
    context,
    { ...source, columns: [rowid, ...source.columns], rowidAlias: name, primaryKey: [name] },
    profile,
  );
  const column = columnOf(table, name);
  table.rowid = column ? scopeColumn(column) : null;
}

/** Options of the declaration, such as content= and content_rowid=. */
function optionsOf(source: SourceTable): Map<string, string> {
  const args = parseAs("CreateVirtualTableStmt", source.sql)?.stmt.args ?? [];
  const pairs = args.flatMap((arg) => {
    const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/s.exec(arg) ?? [];
    return name === undefined || value === undefined
      ? []
      : [[fold(name), value.replace(/^(['"])(.*)\1$/s, "$2")] as const];
  });
  return new Map(pairs);
}

function contentOf(source: SourceTable): Content {
  const content = optionsOf(source).get("content");
  if (content === undefined) return { kind: "own" };
  return content === "" ? { kind: "none" } : { kind: "table", name: content };
}

/** Plans the virtual tables; every other kind is undecided, by its module's name. */
export function planVirtualTables(context: PlanContext): TablePlan[] {
  return context.catalog.tables
    .filter(({ kind }) => kind === "virtual")
    .flatMap((source) => planVirtual(context, source));
}

function planVirtual(context: PlanContext, source: SourceTable): TablePlan[] {
  const table = tableOf(context, source.name);
  if (table) return [planContent(context, table)];
  const key = accountKey("table", source.name);
  const text = { source: source.sql };
  const content = isFullText(source) ? contentOf(source) : null;
  if (content?.kind === "table") {
    planExternal(context, source, content.name);
    return [];
  }
  const reason =
    content?.kind === "none"
      ? "a full-text index that keeps no content: nothing can be read out of it"
      : !isReadable(source)
        ? `a virtual table of ${source.module}, whose module or tokenizer only the application has: nothing can be read out of it`
        : `a virtual table of ${source.module}`;
  context.ledger.enter(account(key, "table", "undecided", reason, text));
  return [];
}

function planContent(context: PlanContext, table: TableContext): TablePlan {
  const plan = planTable(context, table, `the content of a virtual table of ${table.source.module}, as a plain table`);
  const [first] = table.source.primaryKey;
  const key = first === undefined ? undefined : columnOf(table, first);
  if (key) {
    const sql = `PRIMARY KEY (${quoteIdentifier(key.named.name)})`;
    const { name } = context.relations.give(`${table.named.name}_pkey`);
    const entry = account(accountKey("primary key", table.source.name), "primary key", "migrated", "its rowid", {
      target: sql,
    });
    addConstraint(context, table, entry, { name, kind: "primary", sql, validate: true });
  }
  const search = isRtree(table.source) ? boxIndex(table) : textIndex(table, [...table.columns.keys()].slice(1));
  if (search) addSearch(context, table.source, table, search);
  return plan;
}

function addSearch(
  context: PlanContext,
  source: SourceTable,
  table: TableContext,
  search: { using: string; reason: string },
): void {
  const { name } = context.relations.give(`${table.named.name}_search`);
  const on = quoteQualified(context.options.schema, table.named.name);
  const sql = `CREATE INDEX ${quoteIdentifier(name)} ON ${on} USING ${search.using}`;
  const entry = account(accountKey("search", source.name), "search", "translated", search.reason, {
    source: source.sql,
    target: sql,
  });
  addObject(context, entry, { kind: "index", name, sql: [sql] });
}

/** A GIN index over the words of the columns; null where a text is too long for one. */
function textIndex(table: TableContext, names: string[]): { using: string; reason: string } | null {
  const columns = names.map((name) => columnOf(table, name)).filter((column) => column?.choice.convert.as === "text");
  const longest = columns.reduce((sum, column) => sum + (column?.profile?.texts?.maxBytes ?? 0), 0);
  if (columns.length === 0 || longest > maxIndexed) return null;
  const words = columns
    .map((column) => `coalesce(${quoteIdentifier(column?.named.name ?? "")}, '')`)
    .join(" || ' ' || ");
  return {
    using: `gin (to_tsvector('simple'::regconfig, ${words}))`,
    reason:
      "words by to_tsvector('simple', …); queries with MATCH become to_tsvector(…) @@ websearch_to_tsquery('simple', …)",
  };
}

/** For two dimensions, a GiST index over boxes; null for others. */
function boxIndex(table: TableContext): { using: string; reason: string } | null {
  const columns = [...table.columns.values()].map(({ named }) => quoteIdentifier(named.name));
  const [, x0, x1, y0, y1] = columns;
  const numbers = [...table.columns.values()]
    .slice(1, 5)
    .every(({ choice }) => ["real", "integer"].includes(choice.convert.as));
  const declared = parseAs("CreateVirtualTableStmt", table.source.sql)?.stmt.args ?? [];
  const dimensions = declared.filter((arg) => !arg.trim().startsWith("+")).length;
  if (dimensions !== 5 || !numbers) return null;
  return {
    using: `gist (box(point(${x0}, ${y0}), point(${x1}, ${y1})))`,
    reason: "overlaps by box(point(…), point(…)) && box(…)",
  };
}

/** A full-text index over a table that is moved itself: an index on that table is all that is needed, and keeps itself. */
function planExternal(context: PlanContext, source: SourceTable, content: string): void {
  const table = tableOf(context, content);
  const columns =
    table && source.columns.every(({ name }) => columnOf(table, name)) ? source.columns.map(({ name }) => name) : null;
  const search = table && columns ? textIndex(table, columns) : null;
  const key = accountKey("table", source.name);
  if (!table || !search) {
    const reason = `a full-text index over ${content}, whose columns cannot be indexed so`;
    context.ledger.enter(account(key, "table", "undecided", reason, { source: source.sql }));
    return;
  }
  context.external.add(fold(source.name));
  context.ledger.enter(
    account(key, "table", "translated", `an index on ${content}, which keeps itself`, { source: source.sql }),
  );
  addSearch(context, source, table, search);
}
