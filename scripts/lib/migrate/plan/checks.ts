import { planConflict } from "./conflicts.ts";
import { account, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

export function planChecks(context: PlanContext, table: TableContext): void {
  (table.parsed?.checks ?? []).forEach((check, i) => {
    const key = accountKey("check", table.source.name, i + 1);
    planConflict(context, check.conflict, key, "CHECK");
    context.ledger.enter(
      account(key, "check", "undecided", "an expression that is not translated", { source: check.text }),
    );
  });
}
