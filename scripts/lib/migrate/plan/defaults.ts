import type { Expr } from "sqlite3-parser";
import { constant } from "../sql/constant.ts";
import { applyAffinity, literalValue, type Value } from "../sql/literal.ts";
import { parseExpression } from "../sql/parse.ts";
import { asColumn } from "../sql/translate/coerce.ts";
import { openTranslator } from "../sql/translate/translator.ts";
import { account, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import type { ColumnMapping } from "./mapping.ts";
import { meantBy } from "./meant.ts";
import { attempt, isRefused, scopeColumn } from "./relations.ts";

/** The default of a column as SQL of PostgreSQL, accounted for; null where it has none. */
export function planDefault(
  context: PlanContext,
  table: TableContext,
  column: ColumnContext,
  wish: ColumnMapping | undefined,
): string | null {
  const { source, choice } = column;
  const { schema, localtime } = context.options;
  if (source.defaultSql === null) return wish?.default ?? null;
  const key = accountKey("default", table.source.name, source.name);
  const enter = (
    outcome: "migrated" | "translated" | "waived" | "undecided",
    reason: string,
    target: string | null,
  ) => {
    const made = context.ledger.enter(
      account(key, "default", outcome, reason, { source: source.defaultSql ?? "", target }),
    );
    return made ? target : null;
  };
  if (wish?.default !== undefined)
    return enter(wish.default === null ? "waived" : "translated", "by the mapping", wish.default);
  const byHand = context.mapping.translate[key];
  if (byHand) return enter("translated", "by the mapping", String(byHand));
  const parsed = parseExpression(source.defaultSql);
  if (!parsed) return enter("undecided", "its SQL cannot be read", null);
  const value = valueIn(parsed.expr);
  if (value?.class === "null") return enter("migrated", "NULL is the default anyway", null);
  if (column.identity) return enter("migrated", "without effect: the column numbers itself", null);
  if (value) {
    const stored = applyAffinity(value, source.affinity);
    const sql = constant(stored, choice);
    if (sql !== null) return enter("migrated", "a constant", sql);
    const meant = meantBy(stored, choice);
    return meant
      ? enter("translated", meant.how, meant.sql)
      : enter("undecided", `it is no value of ${choice.type}`, null);
  }
  const sql = attempt(() =>
    asColumn(openTranslator({ source: parsed.sql, schema, localtime }).value(parsed.expr), scopeColumn(column)),
  );
  return isRefused(sql) ? enter("undecided", sql.refused, null) : enter("translated", "an expression", sql);
}

/** A word by itself, `"x"` and `x` alike, is a string where a default stands. */
function valueIn(expr: Expr): Value | null {
  const value = literalValue(expr);
  if (value) return value;
  if (expr.type === "Id") return { class: "text", value: expr.name };
  return expr.type === "NameExpr" ? { class: "text", value: expr.name.text } : null;
}
