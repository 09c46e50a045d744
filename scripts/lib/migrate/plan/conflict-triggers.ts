import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold, parseAs } from "../sql/parse.ts";
import type { ParsedKey } from "../sql/table.ts";
import { type ColumnContext, columnOf, type PlanContext, type TableContext } from "./context.ts";
import { indexesOf } from "./indexes-of.ts";
import { fitParts, partOf } from "./parts.ts";
import { triggerStatements } from "./trigger-statements.ts";
import { onlyFeeds } from "./triggers.ts";

/** A key whose declaration says what becomes of a row that breaks it. */
export interface ConflictKey {
  table: TableContext;
  parts: ParsedKey["parts"];
}

/** Columns of the key, as far as they are moved. */
export const keyColumns = ({ table, parts }: ConflictKey): ColumnContext[] =>
  parts
    .map(({ column }) => (column === null ? undefined : columnOf(table, column)))
    .filter((column) => column !== undefined);

/** Why no trigger does the same; null where one does. */
export function whyNoTrigger(context: PlanContext, conflict: "Ignore" | "Replace", key: ConflictKey): string | null {
  const columns = keyColumns(key);
  if (columns.length < key.parts.length) return "a column of the key is not moved";
  const parts = columns.map((column, i) => partOf(column, key.parts[i]?.collation ?? null, true));
  if (!fitParts(parts).parts.every(({ plain }) => plain)) return "its key is an expression in PostgreSQL";
  return conflict === "Ignore" ? whyNotIgnored(context, key) : whyNotReplaced(context, key.table);
}

/** SQLite does not start triggers on DELETE for a row that it replaces, unless the connection asks for it. */
function whyNotReplaced(context: PlanContext, table: TableContext): string | null {
  const deletes = context.catalog.triggers.some(
    (trigger) =>
      fold(trigger.table) === fold(table.source.name) &&
      parseAs("CreateTriggerStmt", trigger.sql)?.stmt.event.type === "DeleteTriggerEvent" &&
      !onlyFeeds(context, trigger),
  );
  return deletes ? "the table has a trigger on DELETE, which PostgreSQL would start for the row in the way" : null;
}

/** Of a row that breaks two constraints SQLite looks at one first: a trigger can be before NOT NULL and the primary key only. */
function whyNotIgnored({ catalog }: PlanContext, { table, parts }: ConflictKey): string | null {
  const uniques = indexesOf(catalog, table.source.name).filter(({ unique, origin }) => unique && origin !== "primary");
  const others = uniques.length - (isPrimary(table, parts) ? 0 : 1);
  return others > 0 || (table.parsed?.checks.length ?? 0) > 0
    ? "a row may break another constraint of the table too, and no trigger knows which SQLite looks at first"
    : null;
}

function isPrimary({ source }: TableContext, parts: ConflictKey["parts"]): boolean {
  const names = (list: (string | null)[]) => JSON.stringify(list.map((name) => fold(name ?? "")).sort());
  return names(source.primaryKey) === names(parts.map(({ column }) => column));
}

const row = (of: string, columns: string[]) => `ROW(${columns.map((column) => `${of}.${column}`).join(", ")})`;
const equal = (columns: string[]) => columns.map((column) => `"other".${column} = NEW.${column}`).join(" AND ");

/** The trigger, and the function that it calls. @param name of both in the target */
export function conflictTrigger(
  context: PlanContext,
  conflict: "Ignore" | "Replace",
  key: ConflictKey,
  name: string,
): string[] {
  const { table } = key;
  const columns = keyColumns(key).map(({ named }) => quoteIdentifier(named.name));
  const on = quoteQualified(context.options.schema, table.named.name);
  const others = `${on} AS "other" WHERE`;
  const lines =
    conflict === "Replace"
      ? [`    DELETE FROM ${[`${others} ${equal(columns)}`, ...kept(table)].join(" AND ")};`]
      : [`    IF ${ignored(key, columns, others).join(" AND ")} THEN`, "      RETURN NULL;", "    END IF;"];
  const body = [
    "BEGIN",
    // Where the key of an UPDATE stays as it is, no other row can be in the way.
    `  IF TG_OP = 'INSERT' OR ${row("NEW", columns)} IS DISTINCT FROM ${row("OLD", columns)} THEN`,
    ...lines,
    "  END IF;",
    "  RETURN NEW;",
    "END",
  ].join("\n");
  return triggerStatements(context.options.schema, name, { time: "BEFORE", event: "INSERT OR UPDATE", on, body });
}

/** A row that NOT NULL ON CONFLICT IGNORE leaves out replaces none. */
const kept = ({ columns }: TableContext): string[] =>
  [...columns.values()]
    .filter(({ source, parsed }) => source.notNull && parsed?.notNullConflict === "Ignore")
    .map(({ named }) => `NEW.${quoteIdentifier(named.name)} IS NOT NULL`);

/** When a row is left out: never where it breaks NOT NULL or the primary key, which SQLite looks at before. */
function ignored({ table, parts }: ConflictKey, columns: string[], others: string): string[] {
  const given = [...table.columns.values()]
    .filter(({ source }) => source.notNull)
    .map(({ named }) => `NEW.${quoteIdentifier(named.name)} IS NOT NULL`);
  const primary = table.source.primaryKey
    .map((name) => columnOf(table, name)?.named.name)
    .filter((name) => name !== undefined)
    .map(quoteIdentifier);
  const free =
    primary.length === 0 || isPrimary(table, parts)
      ? []
      : [
          `(${row("NEW", primary)} IS NOT DISTINCT FROM ${row("OLD", primary)} OR NOT EXISTS (SELECT FROM ${others} ${equal(primary)}))`,
        ];
  return [`EXISTS (SELECT FROM ${others} ${equal(columns)})`, ...given, ...free];
}
