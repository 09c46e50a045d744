import type { ParsedCheck } from "../sql/table.ts";
import { planConflict } from "./conflicts.ts";
import { account, addConstraint, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { attempt, isRefused, tableTranslator } from "./relations.ts";
import { notes } from "./tables.ts";

/** CHECKs of a table, numbered in their order. They are proven on all rows when they are validated. */
export function planChecks(context: PlanContext, table: TableContext): void {
  (table.parsed?.checks ?? []).forEach((check, i) => {
    planCheck(context, table, check, accountKey("check", table.source.name, i + 1), i + 1);
  });
}

function planCheck(context: PlanContext, table: TableContext, check: ParsedCheck, key: string, number: number): void {
  planConflict(context, check.conflict, key, "CHECK");
  const byHand = context.mapping.translate[key];
  const translated = byHand ? String(byHand) : attempt(() => condition(context, table, check));
  if (isRefused(translated)) {
    context.ledger.enter(account(key, "check", "undecided", translated.refused, { source: check.text }));
    return;
  }
  const sql = byHand ? translated : `CHECK (${translated})`;
  const usual = number === 1 ? `${table.named.name}_check` : `${table.named.name}_check${number - 1}`;
  const { name, note } = table.constraintNames.give(check.name ?? usual);
  const reason = byHand ? "by the mapping" : "translated; proven on all rows by VALIDATE";
  const entry = account(key, "check", "translated", notes(reason, check.name ? note : ""), {
    source: check.text,
    target: sql,
  });
  addConstraint(context, table, entry, { name, kind: "check", sql, validate: true });
}

function condition(context: PlanContext, table: TableContext, { expr }: ParsedCheck): string {
  const sql = tableTranslator(context, table, table.parsed?.sql ?? "", false).condition(expr);
  return sql.startsWith("(") && sql.endsWith(")") && balanced(sql.slice(1, -1)) ? sql.slice(1, -1) : sql;
}

/** Whether the outer parentheses that were taken off belonged to each other. */
function balanced(sql: string): boolean {
  let depth = 0;
  for (const char of sql.replaceAll(/'[^']*'|"[^"]*"/g, "")) {
    if (char === "(") depth++;
    if (char === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
