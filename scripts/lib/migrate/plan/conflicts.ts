import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold } from "../sql/parse.ts";
import type { Conflict, ParsedKey } from "../sql/table.ts";
import { account, addObject, columnOf, type PlanContext, type TableContext } from "./context.ts";
import { fitParts, partOf } from "./parts.ts";
import { triggerStatements } from "./trigger-statements.ts";

/** A key whose declaration says what becomes of a row that breaks it. */
export interface ConflictKey {
  table: TableContext;
  parts: ParsedKey["parts"];
}

/**
 * Accounts for ON CONFLICT in a declaration. PostgreSQL always ends the statement, as ABORT does; REPLACE of a key is made by
 * a trigger, and what else the clause asks for is the business of each INSERT there.
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
  const refused = unique ? whyNot(context, unique) : "no constraint of PostgreSQL puts a default for a NULL";
  if (conflict === "Abort") context.ledger.enter(entry("migrated", "what PostgreSQL does"));
  else if (conflict === "Rollback")
    context.ledger.enter(entry("migrated", "an error ends the whole transaction in PostgreSQL"));
  else if (conflict === "Fail")
    context.ledger.enter(entry("translated", "as ABORT: no row of a failed statement stays"));
  else if (conflict === "Ignore" || !unique || refused !== null) {
    const [cause, instead] =
      conflict === "Ignore"
        ? ["no constraint of PostgreSQL does that", "ON CONFLICT DO NOTHING"]
        : [refused, "ON CONFLICT … DO UPDATE"];
    context.ledger.enter(entry("undecided", `${cause}; the application's INSERTs need ${instead}`));
  } else {
    const names = columnsOf(unique).map(({ named }) => named.name);
    const { name } = context.functions.give([unique.table.named.name, ...names, "replace"].join("_"));
    const sql = replacing(context, unique, name);
    const reason =
      "a trigger that deletes the row in the way; of two transactions at once the later one ends with an error";
    addObject(context, { ...entry("translated", reason), target: sql.join(";\n") }, { kind: "trigger", name, sql });
  }
}

const columnsOf = ({ table, parts }: ConflictKey) =>
  parts
    .map(({ column }) => (column === null ? undefined : columnOf(table, column)))
    .filter((column) => column !== undefined);

function whyNot({ catalog }: PlanContext, unique: ConflictKey): string | null {
  const { table, parts } = unique;
  const columns = columnsOf(unique);
  if (columns.length < parts.length) return "a column of the key is not moved";
  const made = columns.map((column, i) => partOf(column, parts[i]?.collation ?? null, true));
  if (!fitParts(made).parts.every(({ plain }) => plain)) return "its key is an expression in PostgreSQL";
  // SQLite does not start them for a row that it replaces, unless the connection asks for it.
  const deletes = catalog.triggers.some(
    (trigger) => fold(trigger.table) === fold(table.source.name) && /\bDELETE\s+ON\b/i.test(trigger.sql),
  );
  return deletes ? "the table has a trigger on DELETE, which PostgreSQL would start for the row in the way" : null;
}

/** Where the key of an UPDATE stays as it is, no other row can be in the way. */
function replacing(context: PlanContext, unique: ConflictKey, name: string): string[] {
  const columns = columnsOf(unique).map(({ named }) => quoteIdentifier(named.name));
  const on = quoteQualified(context.options.schema, unique.table.named.name);
  const row = (of: string) => `ROW(${columns.map((column) => `${of}.${column}`).join(", ")})`;
  const same = columns.map((column) => `"other".${column} = NEW.${column}`).join(" AND ");
  const body = [
    "BEGIN",
    "  IF TG_OP = 'INSERT' THEN",
    `    DELETE FROM ${on} AS "other" WHERE ${same};`,
    `  ELSIF ${row("NEW")} IS DISTINCT FROM ${row("OLD")} THEN`,
    `    DELETE FROM ${on} AS "other" WHERE ${same};`,
    "  END IF;",
    "  RETURN NEW;",
    "END",
  ].join("\n");
  return triggerStatements(context.options.schema, name, { time: "BEFORE", event: "INSERT OR UPDATE", on, body });
}
