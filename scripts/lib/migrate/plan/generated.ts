import { asColumn } from "../sql/translate/coerce.ts";
import { refuse, type ScopeColumn, type Translator } from "../sql/translate/typed.ts";
import { account, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { attempt, isRefused, scopeColumn, tableTranslator } from "./relations.ts";
import { seenIn } from "./types/choice.ts";

/**
 * The expression of a generated column in PostgreSQL, accounted for; null where it is none, or could not be translated: then
 * the column is loaded like any other. PostgreSQL before 18 knows STORED only, which a virtual one becomes.
 */
export function planGenerated(context: PlanContext, table: TableContext, column: ColumnContext): string | null {
  const { source, parsed } = column;
  if (source.generated === null) return null;
  const key = accountKey("generated", table.source.name, source.name);
  const text = { source: `AS (${parsed?.generated?.text ?? "?"}) ${source.generated.toUpperCase()}` };
  const byHand = context.mapping.translate[key];
  const sql = byHand ? String(byHand) : attempt(() => expression(context, table, column));
  if (isRefused(sql)) {
    const reason = `${sql.refused}; its values are loaded, and new rows need them from the application`;
    context.ledger.enter(account(key, "generated", "undecided", reason, text));
    return null;
  }
  const reason = byHand ? "by the mapping" : "stored; compared on all rows by the verification";
  return context.ledger.enter(account(key, "generated", "translated", reason, { ...text, target: sql })) ? sql : null;
}

/** The same with decimals read as floats. */
function withFloats(t: Translator): Translator {
  const tables = t.scope.tables.map((table) => ({ ...table, columns: new Map([...table.columns].map(asFloat)) }));
  return t.within({ ...t.scope, tables });
}

function asFloat([name, column]: [string, ScopeColumn]): [string, ScopeColumn] {
  if (column.type.convert.as !== "decimal") return [name, column];
  const type = { type: "double precision", convert: { as: "real" as const } };
  return [name, { ...column, type, sql: `${column.sql}::double precision` }];
}

function expression(context: PlanContext, table: TableContext, column: ColumnContext): string {
  const expr = column.parsed?.generated?.expr;
  if (!expr) return refuse("its SQL cannot be read");
  if (column.choice.convert.numbers && seenIn(column.profile).texts.numericLooking > 0) {
    return refuse("its texts that look like numbers could not be told from its numbers");
  }
  const t = tableTranslator(context, table, table.parsed?.sql ?? "", true);
  const value = t.value(expr);
  const isFloat = column.choice.convert.as === "real";
  // Every digit counts here: with floats, as SQLite computes.
  return asColumn(isFloat && value.approximate ? withFloats(t).value(expr) : value, scopeColumn(column));
}
