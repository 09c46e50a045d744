import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold } from "../sql/parse.ts";
import { planErrors } from "./conflicts.ts";
import { addObject, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { triggerStatements } from "./trigger-statements.ts";

const does = {
  Ignore: "a trigger that leaves a row out which has NULL there",
  Replace: "a trigger that puts the default in the place of NULL",
};

/**
 * NOT NULL ON CONFLICT. SQLite looks at the columns in their order, before keys and checks, and so does the trigger.
 * @param value the column's default in the target, as SQL
 */
export function planNotNullConflict(
  context: PlanContext,
  table: TableContext,
  column: ColumnContext,
  value: string | null,
): void {
  const key = accountKey("not null", table.source.name, column.source.name);
  const made = planErrors(context, column.source.notNull ? column.parsed?.notNullConflict : null, key, "NOT NULL");
  if (made === null) return;
  const { rest, entry } = made;
  const done = (reason: string) => context.ledger.enter(entry("migrated", reason));
  if (column.identity) return void done("without effect: the column numbers itself");
  if (rest === "Replace" && column.source.defaultSql === null)
    return void done("there is no default: an error, as there");
  const refused = whyNoTrigger(context, table, column, rest, value);
  if (refused !== null) return void context.ledger.enter(entry("undecided", refused));
  const name = context.functions.give(`${table.named.name}_${column.named.name}_not_null_${rest.toLowerCase()}`).name;
  const on = quoteQualified(context.options.schema, table.named.name);
  const own = `NEW.${quoteIdentifier(column.named.name)}`;
  const lines =
    rest === "Replace"
      ? [`  IF ${own} IS NULL THEN`, `    ${own} := ${value};`, "  END IF;"]
      : [`  IF ${[`${own} IS NULL`, ...given(table, column)].join(" AND ")} THEN`, "    RETURN NULL;", "  END IF;"];
  const body = ["BEGIN", ...lines, "  RETURN NEW;", "END"].join("\n");
  const sql = triggerStatements(context.options.schema, name, { time: "BEFORE", event: "INSERT OR UPDATE", on, body });
  addObject(context, { ...entry("translated", does[rest]), target: sql.join(";\n") }, { kind: "trigger", name, sql });
}

function whyNoTrigger(
  { catalog }: PlanContext,
  { source, parsed }: TableContext,
  { source: column, profile }: ColumnContext,
  rest: "Ignore" | "Replace",
  value: string | null,
): string | null {
  if ((profile?.nulls ?? 0) > 0) return "the source holds NULLs there, whose rows could not be changed any more";
  if (rest === "Replace" && value === null) return "its default is not translated";
  const others = catalog.triggers.some(
    ({ table, sql }) => fold(table) === fold(source.name) && /\bBEFORE\b/i.test(sql),
  );
  if (others) return "the table has other triggers before a change, and SQLite looks at NOT NULL after all of them";
  const inKey = (parsed?.uniques ?? []).some(
    ({ conflict, parts }) =>
      (conflict === "Ignore" || conflict === "Replace") &&
      parts.some((part) => fold(part.column ?? "") === fold(column.name)),
  );
  return rest === "Replace" && inKey ? "the key that it belongs to has ON CONFLICT too" : null;
}

/** A column before it that is NULL ends the statement first. */
function given(table: TableContext, column: ColumnContext): string[] {
  const all = [...table.columns.values()];
  return all
    .slice(0, all.indexOf(column))
    .filter(
      ({ source, parsed }) =>
        source.notNull && parsed?.notNullConflict !== "Ignore" && parsed?.notNullConflict !== "Replace",
    )
    .map(({ named }) => `NEW.${quoteIdentifier(named.name)} IS NOT NULL`);
}
