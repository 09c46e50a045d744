import type { Conflict } from "../sql/table.ts";
import { type ConflictKey, conflictTrigger, keyColumns, whyNoTrigger } from "./conflict-triggers.ts";
import { account, addObject, type PlanContext } from "./context.ts";

const instead = { Ignore: "ON CONFLICT DO NOTHING", Replace: "ON CONFLICT … DO UPDATE" };
const does = { Ignore: "leaves the new row out", Replace: "deletes the row in the way" };

/**
 * Accounts for ON CONFLICT in a declaration. PostgreSQL always ends the statement, as ABORT does; IGNORE and REPLACE of a key
 * are made by a trigger, and what else the clause asks for is the business of each INSERT there.
 * @param key of the constraint's account
 */
export function planConflict(
  context: PlanContext,
  conflict: Conflict | null | undefined,
  key: string,
  what: string,
  unique?: ConflictKey,
): void {
  if (!conflict) return;
  const word = conflict.toUpperCase();
  const entry = (outcome: "migrated" | "translated" | "undecided", reason: string) =>
    account(`on conflict of ${key}`, "on conflict", outcome, reason, { source: `${what} ON CONFLICT ${word}` });
  if (conflict === "Abort") context.ledger.enter(entry("migrated", "what PostgreSQL does"));
  else if (conflict === "Rollback")
    context.ledger.enter(entry("migrated", "an error ends the whole transaction in PostgreSQL"));
  else if (conflict === "Fail")
    context.ledger.enter(entry("translated", "as ABORT: no row of a failed statement stays"));
  else {
    const refused = unique ? whyNoTrigger(context, conflict, unique) : "no constraint of PostgreSQL does that";
    if (!unique || refused !== null) {
      const reason = `${refused}; the application's INSERTs need ${instead[conflict]}`;
      context.ledger.enter(entry("undecided", reason));
      return;
    }
    const names = keyColumns(unique).map(({ named }) => named.name);
    const { name } = context.functions.give([unique.table.named.name, ...names, conflict.toLowerCase()].join("_"));
    const sql = conflictTrigger(context, conflict, unique, name);
    const reason = `a trigger that ${does[conflict]}; of two transactions at once the later one ends with an error`;
    addObject(context, { ...entry("translated", reason), target: sql.join(";\n") }, { kind: "trigger", name, sql });
  }
}
