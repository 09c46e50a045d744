import { constant } from "../sql/constant.ts";
import { applyAffinity, literalValue, type Value } from "../sql/literal.ts";
import { parseExpression } from "../sql/parse.ts";
import { account, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import type { ColumnMapping } from "./mapping.ts";

/** The default of a column as SQL of PostgreSQL, accounted for; null where it has none. */
export function planDefault(
  context: PlanContext,
  table: TableContext,
  column: ColumnContext,
  wish: ColumnMapping | undefined,
): string | null {
  const { source, choice } = column;
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
  const value = valueIn(column);
  if (value === null) return enter("undecided", "an expression that is not translated", null);
  if (value.class === "null") return enter("migrated", "NULL is the default anyway", null);
  if (column.identity) return enter("migrated", "without effect: the column numbers itself", null);
  const sql = constant(applyAffinity(value, source.affinity), choice);
  if (sql === null) return enter("undecided", `it is no value of ${choice.type}`, null);
  return enter("migrated", "a constant", sql);
}

/** A word by itself, `"x"` and `x` alike, is a string where a default stands. */
function valueIn({ source, parsed }: ColumnContext): Value | null {
  const expr = parsed?.default ?? parseExpression(source.defaultSql ?? "")?.expr;
  if (!expr) return null;
  const value = literalValue(expr);
  if (value) return value;
  if (expr.type === "Id") return { class: "text", value: expr.name };
  return expr.type === "NameExpr" ? { class: "text", value: expr.name.text } : null;
}
