import type { SourceTable } from "../model/source.ts";
import { account, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

/** Tables that are not tables of the application: SQLite's own, and what virtual ones keep their content in. */
export function planOthers(context: PlanContext): void {
  for (const table of context.catalog.tables) {
    if (table.kind === "table" || table.kind === "virtual") continue;
    const key = accountKey("table", table.name);
    context.ledger.enter(account(key, "table", "migrated", reasonOf(table), { source: table.sql }));
  }
}

function reasonOf(table: SourceTable): string {
  if (table.kind === "shadow") return "what a virtual table keeps its content in: it goes with that table";
  if (table.name === "sqlite_sequence") return "identity columns go on from its numbers";
  return "statistics of SQLite's: ANALYZE makes PostgreSQL's own";
}
