import type { Account } from "../model/plan.ts";
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
  const made = planErrors(context, conflict, key, what);
  if (made === null) return;
  const { entry, rest } = made;
  const refused = unique ? whyNoTrigger(context, rest, unique) : "no constraint of PostgreSQL does that";
  if (!unique || refused !== null) {
    const reason = `${refused}; the application's INSERTs need ${instead[rest]}`;
    context.ledger.enter(entry("undecided", reason));
    return;
  }
  const names = keyColumns(unique).map(({ named }) => named.name);
  const { name } = context.functions.give([unique.table.named.name, ...names, rest.toLowerCase()].join("_"));
  const sql = conflictTrigger(context, rest, unique, name);
  const reason = `a trigger that ${does[rest]}; of two transactions at once the later one ends with an error`;
  addObject(context, { ...entry("translated", reason), target: sql.join(";\n") }, { kind: "trigger", name, sql });
}

/** Enters what ends with an error. @returns what it is of another clause, and how its account is written; null where it is done */
export function planErrors(
  { ledger }: PlanContext,
  conflict: Conflict | null | undefined,
  key: string,
  what: string,
): {
  rest: "Ignore" | "Replace";
  entry: (outcome: "migrated" | "translated" | "undecided", reason: string) => Account;
} | null {
  if (!conflict) return null;
  const word = conflict.toUpperCase();
  const entry = (outcome: "migrated" | "translated" | "undecided", reason: string) =>
    account(`on conflict of ${key}`, "on conflict", outcome, reason, { source: `${what} ON CONFLICT ${word}` });
  if (conflict === "Abort") ledger.enter(entry("migrated", "what PostgreSQL does"));
  else if (conflict === "Rollback")
    ledger.enter(entry("migrated", "an error ends the whole transaction in PostgreSQL"));
  else if (conflict === "Fail") ledger.enter(entry("translated", "as ABORT: no row of a failed statement stays"));
  else return { rest: conflict, entry };
  return null;
}
