import { account, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

export function planTriggers(context: PlanContext): void {
  for (const { name, sql } of context.catalog.triggers) {
    const key = accountKey("trigger", name);
    context.ledger.enter(account(key, "trigger", "undecided", "triggers are not translated", { source: sql }));
  }
}
