import { account, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

export function planViews(context: PlanContext): void {
  for (const { name, sql } of context.catalog.views) {
    context.ledger.enter(
      account(accountKey("view", name), "view", "undecided", "views are not translated", { source: sql }),
    );
  }
}
