import type { SourceTable } from "../model/source.ts";
import { account, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

/** Tables that are not tables of the application: SQLite's own, virtual ones, and what those keep their content in. */
export function planOthers(context: PlanContext): void {
  for (const table of context.catalog.tables) {
    if (table.kind === "table") continue;
    const [outcome, reason] = endOf(table);
    context.ledger.enter(account(accountKey("table", table.name), "table", outcome, reason, { source: table.sql }));
  }
}

function endOf(table: SourceTable): ["migrated" | "undecided", string] {
  if (table.kind === "virtual") return ["undecided", `a virtual table of ${table.module}`];
  if (table.kind === "shadow")
    return ["migrated", "what a virtual table keeps its content in: it goes with that table"];
  if (table.name === "sqlite_sequence") return ["migrated", "identity columns go on from its numbers"];
  return ["migrated", "statistics of SQLite's: ANALYZE makes PostgreSQL's own"];
}
