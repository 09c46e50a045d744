import type { CreateTriggerStmt } from "sqlite3-parser";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { SourceTrigger } from "../model/source.ts";
import { fold, parseAs } from "../sql/parse.ts";
import { translateTrigger } from "../sql/translate/trigger.ts";
import { refuse } from "../sql/translate/typed.ts";
import { account, addObject, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { Names } from "./names.ts";
import { attempt, findRelation, isRefused } from "./relations.ts";

/** Triggers as functions of PL/pgSQL; those that PostgreSQL could not run alike are undecided, each with its cause. */
export function planTriggers(context: PlanContext): void {
  const functions = new Names(context.options.naming);
  for (const trigger of context.catalog.triggers) planTrigger(context, trigger, functions);
}

function planTrigger(context: PlanContext, trigger: SourceTrigger, functions: Names): void {
  const key = accountKey("trigger", trigger.name);
  const text = { source: trigger.sql };
  const { name } = functions.give(trigger.name);
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
function onlyFeeds({ external }: PlanContext, trigger: SourceTrigger): boolean {
  const commands = parseAs("CreateTriggerStmt", trigger.sql)?.stmt.commands ?? [];
  const feeds = (command: (typeof commands)[number]) =>
    command.type !== "SelectTriggerCmd" && external.has(fold(command.tblName.objName.text));
  return commands.length > 0 && commands.every(feeds);
}

function statements(context: PlanContext, trigger: SourceTrigger, name: string): string[] {
  const parsed = parseAs("CreateTriggerStmt", trigger.sql) ?? refuse("its SQL cannot be read");
  const relation = (wanted: string) => findRelation(context, wanted);
  const on = relation(trigger.table);
  const guarded = canRestart(context, parsed.stmt);
  const { time, event, body } = translateTrigger(parsed.stmt, {
    ...{ source: parsed.sql, on, relation, guarded, name },
    schema: context.options.schema,
    localtime: context.options.localtime,
  });
  const called = quoteQualified(context.options.schema, name);
  const tag = body.includes("$body$") ? `$body${body.length}$` : "$body$";
  // Names within the function mean what they meant when it was made, whoever calls it.
  const head = `CREATE OR REPLACE FUNCTION ${called}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS`;
  return [
    `${head} ${tag}\n${body}\n${tag}`,
    `CREATE TRIGGER ${quoteIdentifier(name)} ${time} ${event} ON ${on.sql} FOR EACH ROW EXECUTE FUNCTION ${called}()`,
  ];
}

/** Whether the tables that a trigger changes have triggers, through which it could start itself. */
function canRestart(context: PlanContext, stmt: CreateTriggerStmt): boolean {
  const changed = stmt.commands.flatMap((command) =>
    command.type === "SelectTriggerCmd" ? [] : [fold(command.tblName.objName.text)],
  );
  return context.catalog.triggers.some(({ table }) => changed.includes(fold(table)));
}
