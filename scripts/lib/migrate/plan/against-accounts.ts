import type { Account } from "../model/plan.ts";
import type { SourceTable } from "../model/source.ts";
import type { TargetColumn, TargetTable } from "../schema/target-tables.ts";
import { fold } from "../sql/parse.ts";
import { collatingTypes } from "./collations.ts";
import { account, type PlanContext, type TableContext, tableOf } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { toSnake } from "./names.ts";

type Enter = (kind: string, names: (string | number)[], source: string, there: boolean, what: string) => void;

/**
 * Accounts for keys, defaults, indexes and the rest of tables that were deployed before: migrated where the target has its own,
 * undecided where it has none.
 */
export function accountExisting(context: PlanContext, found: Map<SourceTable, TargetTable>, views: string[]): void {
  const enter: Enter = (kind, names, source, there, what) => {
    const outcome: Account["outcome"] = there ? "migrated" : "undecided";
    const reason = there ? `the target has ${what}` : `the target has none: ${what} is missing there`;
    context.ledger.enter(account(accountKey(kind, ...names), kind, outcome, reason, { source }));
  };
  for (const [source, target] of found) {
    const table = tableOf(context, source.name);
    if (table) accountTable(context, table, target, enter);
  }
  for (const index of context.catalog.indexes) {
    const pair = [...found].find(([source]) => fold(source.name) === fold(index.table));
    if (index.sql === null) {
      context.ledger.enter(
        account(accountKey("index", index.name), "index", "migrated", "what SQLite keeps for a key"),
      );
      continue;
    }
    const columns = index.parts.map(({ column }) => column);
    const plain = columns.every((column) => column !== null);
    const there = pair !== undefined && plain && pair[1].indexes.some((own) => starts(own, columns));
    enter("index", [index.name], index.sql, there, "an index over the same columns");
  }
  for (const view of context.catalog.views)
    enter("view", [view.name], view.sql, has(views, view.name), "a view of that name");
  const triggers = [...found.values()].flatMap((table) => table.triggers);
  for (const trigger of context.catalog.triggers) {
    enter("trigger", [trigger.name], trigger.sql, has(triggers, trigger.name), "a trigger of that name");
  }
}

const same = (a: string, b: string): boolean => fold(a) === fold(b) || toSnake(a) === toSnake(b);
const has = (names: string[], name: string): boolean => names.some((other) => same(other, name));
const starts = (own: string[], columns: (string | null)[]): boolean =>
  columns.every((column, i) => same(own[i] ?? "", column ?? "?"));
const equal = (own: string[], columns: string[]): boolean =>
  own.length === columns.length && columns.every((column) => own.some((other) => same(other, column)));

function accountTable(context: PlanContext, { source, parsed }: TableContext, target: TargetTable, enter: Enter): void {
  for (const [kind, set] of [
    ["strict", source.strict],
    ["without rowid", source.withoutRowid],
    ["autoincrement", source.autoincrement],
  ] as const) {
    if (set) enter(kind, [source.name], "", true, "no need of it");
  }
  for (const column of source.columns) {
    const own = target.columns.find(({ name }) => same(name, column.name));
    const names = [source.name, column.name];
    if (column.notNull) enter("not null", names, "NOT NULL", own?.notNull ?? false, "NOT NULL");
    if (column.defaultSql !== null)
      enter("default", names, column.defaultSql, own !== undefined && fills(own), "a default");
    if (column.generated !== null) enter("generated", names, "", own !== undefined, "a column for its values");
    const collation = parsed?.columns.get(fold(column.name))?.collation;
    if (collation) {
      const name = collation.toUpperCase();
      const alike = name === "BINARY" || own?.type === collatingTypes[name];
      enter("collation", names, `COLLATE ${collation}`, alike, "a column that compares so");
    }
  }
  const unique = (columns: string[]) => target.uniques.some((own) => equal(own, columns));
  if (source.primaryKey.length > 0) {
    enter(
      "primary key",
      [source.name],
      source.primaryKey.join(", "),
      unique(source.primaryKey),
      "a key over the same columns",
    );
  }
  (parsed?.uniques ?? []).forEach(({ parts, text }, i) => {
    enter(
      "unique",
      [source.name, i + 1],
      text,
      unique(parts.map(({ column }) => column ?? "?")),
      "a key over the same columns",
    );
  });
  (parsed?.checks ?? []).forEach(({ name, text }, i) => {
    enter("check", [source.name, i + 1], text, name !== null && has(target.checks, name), "a check of that name");
  });
  for (const { id, columns, parent } of source.foreignKeys) {
    const wanted = tableOf(context, parent)?.named.name ?? parent;
    const there = target.foreignKeys.some((own) => equal(own.columns, columns) && same(own.parent, wanted));
    enter(
      "foreign key",
      [source.name, id],
      `(${columns.join(", ")}) REFERENCES ${parent}`,
      there,
      "a foreign key over the same columns",
    );
  }
}

const fills = (column: TargetColumn): boolean =>
  column.default !== null || column.identity || column.generated !== null;
