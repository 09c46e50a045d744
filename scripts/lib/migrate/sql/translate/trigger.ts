import type { CreateTriggerStmt, Expr, Select, SelectFrom, TriggerCmd } from "sqlite3-parser";
import { fold } from "../parse.ts";
import { changesData, insert, remove, replace, update } from "./changes.ts";
import { asText } from "./coerce.ts";
import { translateFrom } from "./from.ts";
import { subquery, translateSelect } from "./select.ts";
import { openTranslator, scopeTable } from "./translator.ts";
import { openScope, type Relation, refuse, type Translator } from "./typed.ts";

export interface TriggerParts {
  time: "BEFORE" | "AFTER" | "INSTEAD OF";
  /** `INSERT`, `UPDATE OF "a", "b"`, … */
  event: string;
  /** The function's body, BEGIN and END included. */
  body: string;
}

export interface TriggerOptions {
  source: string;
  /** The table or view that it is on. */
  on: Relation;
  relation: (name: string) => Relation;
  schema: string;
  localtime: string | null;
  geopackage: boolean;
  utf16: boolean;
  /** Whether what it does could start it again: SQLite keeps a trigger from starting itself. */
  guarded: boolean;
  /** Its name in the target. */
  name: string;
  /** Whether no other trigger comes after it for the same row: SQLite's RAISE(IGNORE) leaves those out too. */
  last: boolean;
}

/** A trigger as a function of PL/pgSQL. @throws {Untranslatable} */
export function translateTrigger(stmt: CreateTriggerStmt, options: TriggerOptions): TriggerParts {
  const time = stmt.time === "After" ? "AFTER" : stmt.time === "InsteadOf" ? "INSTEAD OF" : "BEFORE";
  const operation =
    stmt.event.type === "DeleteTriggerEvent"
      ? "DELETE"
      : stmt.event.type === "InsertTriggerEvent"
        ? "INSERT"
        : "UPDATE";
  const rows = [
    ...(operation === "DELETE" ? [] : [scopeTable(options.on, "new", "NEW")]),
    ...(operation === "INSERT" ? [] : [scopeTable(options.on, "old", "OLD")]),
  ];
  const t = openTranslator(options, rows);
  if (time === "BEFORE" && stmt.commands.some((command) => writes(command, stmt.tblName.objName.text))) {
    refuse("before a change of a table it changes the same table");
  }
  // The row that goes on; after the change nobody looks at it.
  const result = time === "AFTER" ? "NULL" : operation === "DELETE" ? "OLD" : "NEW";
  const ignore =
    time === "AFTER" && !options.last
      ? () => refuse("RAISE(IGNORE) after the change, where other triggers come after it, which SQLite leaves out too")
      : // PostgreSQL leaves a row alone where its BEFORE trigger gives nothing back; after the change it ends the trigger.
        () => "RETURN NULL;";
  const lines = stmt.commands.flatMap((command) => commandLines(t, command, ignore));
  const guard = options.guarded && stmt.commands.some(changesData) ? options.name : null;
  if (guard && lines.some((line) => line.includes("RETURN NULL;")))
    refuse("RAISE(IGNORE) in a trigger that could start itself");
  const main = [...(guard ? [setGuard(guard, "on")] : []), ...lines, ...(guard ? [setGuard(guard, "")] : [])];
  const conditions = [
    ...(guard ? [`COALESCE(current_setting('landfall.${settingName(guard)}', true), '') = ''`] : []),
    ...(stmt.whenClause ? [t.condition(stmt.whenClause)] : []),
  ];
  const inner = conditions.length > 0 ? [`IF ${conditions.join(" AND ")} THEN`, ...indent(main), "END IF;"] : main;
  return {
    time,
    event: eventOf(stmt, options.on, operation, time),
    body: ["BEGIN", ...indent([...inner, `RETURN ${result};`]), "END"].join("\n"),
  };
}

const indent = (lines: string[]): string[] => lines.map((line) => line.replaceAll(/^/gm, "  "));
const settingName = (name: string): string => `trigger_${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_")}`;
const setGuard = (name: string, value: string): string =>
  `PERFORM set_config('landfall.${settingName(name)}', '${value}', true);`;

function writes(command: TriggerCmd, table: string): boolean {
  return command.type !== "SelectTriggerCmd" && fold(command.tblName.objName.text) === fold(table);
}

function eventOf({ event }: CreateTriggerStmt, on: Relation, operation: string, time: TriggerParts["time"]): string {
  if (event.type !== "UpdateOfTriggerEvent") return operation;
  if (time === "INSTEAD OF")
    return refuse("INSTEAD OF UPDATE OF: a view of PostgreSQL is not told which columns are set");
  const columns = event.columns.map(
    ({ text }) => on.columns.get(fold(text))?.sql ?? refuse(`there is no column ${text}`),
  );
  return `UPDATE OF ${columns.join(", ")}`;
}

function commandLines(t: Translator, command: TriggerCmd, ignore: () => string): string[] {
  switch (command.type) {
    case "SelectTriggerCmd":
      return selectLines(t, command.select, ignore);
    case "InsertTriggerCmd":
      return command.orConflict === "Replace" ? replace(t, command) : [`${insert(t, command)};`];
    case "UpdateTriggerCmd":
      return [`${update(t, command)};`];
    case "DeleteTriggerCmd":
      return [`${remove(t, command)};`];
  }
}

/** A SELECT in a trigger is there for RAISE; whatever else it shows goes nowhere. */
function selectLines(t: Translator, select: Select, ignore: () => string): string[] {
  const body = select.select;
  if (body.type !== "SelectFrom" || select.compounds || select.with || select.orderBy || select.limit)
    return refuse("a query of several parts");
  const [column] = body.columns;
  const expr = body.columns.length === 1 && column?.type === "ExprResultColumn" ? unwrap(column.expr) : null;
  if (!expr || !raises(expr)) {
    // What it shows goes nowhere, and nothing that can be translated has another effect.
    translateSelect(t, select);
    return [];
  }
  if (body.groupBy || body.having || body.distinctness) return refuse("RAISE within a grouped query");
  if (expr.type === "RaiseExpr") return raiseIf(t, body, null, expr, ignore);
  if (expr.type !== "CaseExpr" || expr.elseExpr) return refuse("CASE with RAISE and something else");
  const lines: string[] = [];
  for (const { when, then } of expr.whenThenPairs) {
    const raise = unwrap(then);
    if (raise.type !== "RaiseExpr") return refuse("CASE with RAISE and something else");
    const condition: Expr = expr.base
      ? { type: "BinaryExpr", left: expr.base, op: "Equals", right: when, span: when.span }
      : when;
    lines.push(...raiseIf(t, body, condition, raise, ignore));
  }
  return lines;
}

const raises = (expr: Expr): boolean =>
  expr.type === "RaiseExpr" ||
  (expr.type === "CaseExpr" && expr.whenThenPairs.some(({ then }) => raises(unwrap(then))));

function unwrap(expr: Expr): Expr {
  return expr.type === "ParenthesizedExpr" && expr.exprs.length === 1 && expr.exprs[0] ? unwrap(expr.exprs[0]) : expr;
}

function raiseIf(
  outer: Translator,
  body: SelectFrom,
  extra: Expr | null,
  raise: Extract<Expr, { type: "RaiseExpr" }>,
  ignore: () => string,
): string[] {
  const t = outer.within(openScope(outer.scope));
  const from = body.from ? translateFrom(t, body.from, subquery) : null;
  const conditions = [
    ...(body.whereClause ? [t.condition(body.whereClause)] : []),
    ...(extra ? [t.condition(extra)] : []),
  ];
  const action = raiseLine(t, raise, ignore);
  if (from === null)
    return conditions.length === 0 ? [action] : [`IF ${conditions.join(" AND ")} THEN`, `  ${action}`, "END IF;"];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  return [`IF EXISTS (SELECT 1 FROM ${from}${where}) THEN`, `  ${action}`, "END IF;"];
}

function raiseLine(
  t: Translator,
  { resolve, message }: Extract<Expr, { type: "RaiseExpr" }>,
  ignore: () => string,
): string {
  if (resolve === "Ignore") return ignore();
  const text = message ? asText(t.value(message)) : "''";
  return `RAISE EXCEPTION USING MESSAGE = ${text}, ERRCODE = 'integrity_constraint_violation';`;
}
