import { account, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

/** The expression of a generated column in PostgreSQL, accounted for; null where it is none, or could not be translated. */
export function planGenerated(context: PlanContext, table: TableContext, column: ColumnContext): string | null {
  if (column.source.generated === null) return null;
  const key = accountKey("generated", table.source.name, column.source.name);
  const source = column.parsed?.generated?.text ?? "";
  context.ledger.enter(account(key, "generated", "undecided", "an expression that is not translated", { source }));
  return null;
}
