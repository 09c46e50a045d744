import type { CreateTriggerStmt } from "sqlite3-parser";
import type { SourceTrigger } from "../model/source.ts";
import { fold, parseAs } from "../sql/parse.ts";
import { translateTrigger } from "../sql/translate/trigger.ts";
import { refuse } from "../sql/translate/typed.ts";
import { account, addObject, type PlanContext } from "./context.ts";
import { isGeopackage } from "./conventions.ts";
import { accountKey } from "./ledger.ts";
import { attempt, findRelation, isRefused, isUtf16 } from "./relations.ts";
import { isSchemaTable, schemaTable } from "./schema-table.ts";
import { triggerStatements } from "./trigger-statements.ts";

/** Triggers as functions of PL/pgSQL; those that PostgreSQL could not run alike are undecided, each with its cause. */
export function planTriggers(context: PlanContext): void {
  for (const trigger of context.catalog.triggers) planTrigger(context, trigger);
}

function planTrigger(context: PlanContext, trigger: SourceTrigger): void {
  const key = accountKey("trigger", trigger.name);
  const text = { source: trigger.sql };
  const { name } = context.functions.give(trigger.name);
  const byHand = context.mapping.translate[key];
  if (!byHand && onlyFeeds(context, trigger)) {
    const reason = "it feeds a full-text index, which in PostgreSQL is an index and keeps itself";
    context.ledger.enter(account(key, "trigger", "translated", reason, text));
    return;
  }
  const sql = byHand ? [byHand].flat() : attempt(() => statements(context, trigger, name));
  if (isRefused(sql)) {
    context.ledger.enter(account(key, "trigger", "undecided", sql.refused, text));
    return;
  }
  const reason = byHand ? "by the mapping" : "a function of PL/pgSQL and a trigger";
  const entry = account(key, "trigger", "translated", reason, { ...text, target: sql.join(";\n") });
  addObject(context, entry, { kind: "trigger", name, sql });
}

/** Whether all that a trigger does is to keep full-text indexes as their tables are. */
export function onlyFeeds({ external }: PlanContext, trigger: SourceTrigger): boolean {
  const commands = parseAs("CreateTriggerStmt", trigger.sql)?.stmt.commands ?? [];
  const feeds = (command: (typeof commands)[number]) =>
    command.type !== "SelectTriggerCmd" && external.has(fold(command.tblName.objName.text));
  return commands.length > 0 && commands.every(feeds);
}

function statements(context: PlanContext, trigger: SourceTrigger, name: string): string[] {
  const parsed = parseAs("CreateTriggerStmt", trigger.sql) ?? refuse("its SQL cannot be read");
  const relation = (wanted: string) =>
    isGeopackage(context.catalog) && isSchemaTable(wanted) ? schemaTable(context) : findRelation(context, wanted);
  const on = relation(trigger.table);
  const guarded = canRestart(context, parsed.stmt);
  const { time, event, body } = translateTrigger(parsed.stmt, {
    ...{ source: parsed.sql, on, relation, guarded, name, last: isAlone(context, trigger) },
    schema: context.options.schema,
    localtime: context.options.localtime,
    geopackage: isGeopackage(context.catalog),
    utf16: isUtf16(context),
  });
  return triggerStatements(context.options.schema, name, { time, event, on: on.sql, body });
}

/** Whether the tables that a trigger changes have triggers, through which it could start itself. */
function canRestart(context: PlanContext, stmt: CreateTriggerStmt): boolean {
  const changed = stmt.commands.flatMap((command) =>
    command.type === "SelectTriggerCmd" ? [] : [fold(command.tblName.objName.text)],
  );
  return context.catalog.triggers.some(({ table }) => changed.includes(fold(table)));
}

/** Whether it is the only trigger of its table, but for those that full-text indexes need in SQLite only. */
function isAlone(context: PlanContext, { name, table }: SourceTrigger): boolean {
  return !context.catalog.triggers.some(
    (other) => other.name !== name && fold(other.table) === fold(table) && !onlyFeeds(context, other),
  );
}
