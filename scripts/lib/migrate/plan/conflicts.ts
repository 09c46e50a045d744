import type { Conflict } from "../sql/table.ts";
import { account, type PlanContext } from "./context.ts";

/**
 * Accounts for ON CONFLICT in a declaration. PostgreSQL always ends the statement, as ABORT does; what else the clause asks for
 * is the business of each INSERT there.
 * @param key of the constraint's account
 */
export function planConflict(
  context: PlanContext,
  conflict: Conflict | null | undefined,
  key: string,
  what: string,
): void {
  if (!conflict) return;
  const word = conflict.toUpperCase();
  const enter = (outcome: "migrated" | "translated" | "undecided", reason: string) =>
    context.ledger.enter(
      account(`on conflict of ${key}`, "on conflict", outcome, reason, { source: `${what} ON CONFLICT ${word}` }),
    );
  if (conflict === "Abort") enter("migrated", "what PostgreSQL does");
  else if (conflict === "Rollback") enter("migrated", "an error ends the whole transaction in PostgreSQL");
  else if (conflict === "Fail") enter("translated", "as ABORT: no row of a failed statement stays");
  else {
    const instead = conflict === "Ignore" ? "ON CONFLICT DO NOTHING" : "ON CONFLICT … DO UPDATE";
    enter("undecided", `no constraint of PostgreSQL does that; the application's INSERTs need ${instead}`);
  }
}
