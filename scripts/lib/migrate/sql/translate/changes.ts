import type { Expr, TriggerCmd, Upsert } from "sqlite3-parser";
import { fold } from "../parse.ts";
import { columnName } from "../table.ts";
import { asColumn } from "./coerce.ts";
import { translateSelect } from "./select.ts";
import { scopeTable } from "./translator.ts";
import { openScope, type Relation, refuse, type ScopeColumn, type Translator, type Typed } from "./typed.ts";

type Insert = Extract<TriggerCmd, { type: "InsertTriggerCmd" }>;
type Update = Extract<TriggerCmd, { type: "UpdateTriggerCmd" }>;
type Delete = Extract<TriggerCmd, { type: "DeleteTriggerCmd" }>;

export const changesData = ({ type }: TriggerCmd): boolean => type !== "SelectTriggerCmd";

/** INSERT, whose values are converted to the types of the columns that they go into. */
export function insert(t: Translator, command: Insert): string {
  const relation = t.relation(command.tblName.objName.text);
  const columns = targetColumns(
    relation,
    command.colNames?.map(({ text }) => text),
  );
  const into = `INSERT INTO ${relation.sql} (${columns.map(({ sql }) => sql).join(", ")})`;
  const conflict = onConflict(t, command, relation);
  const body = command.select.select;
  if (body.type === "SelectValues" && !command.select.compounds) {
    const rows = body.values.map(({ values }) => `(${row(t, values, columns)})`);
    return `${into} VALUES ${rows.join(", ")}${conflict}`;
  }
  const { sql, outputs } = translateSelect(t, command.select);
  if (outputs.length !== columns.length) return refuse("INSERT of another number of columns");
  const list = outputs.map(({ typed }, i) => asColumn(found(typed, "found"), columns[i] ?? refuse("INSERT")));
  return `${into} SELECT ${list.join(", ")} FROM (${sql}) AS "found"${conflict}`;
}

const found = (typed: Typed, alias: string): Typed => ({ ...typed, sql: `"${alias}".${typed.sql}` });

function row(t: Translator, values: readonly Expr[], columns: ScopeColumn[]): string {
  if (values.length !== columns.length) return refuse("INSERT of another number of values");
  return values.map((expr, i) => asColumn(t.value(expr), columns[i] ?? refuse("INSERT"))).join(", ");
}

function targetColumns(relation: Relation, names: string[] | undefined): ScopeColumn[] {
  if (!names) return [...relation.columns.values()];
  const docid = (name: string) => (relation.docid && fold(name) === "docid" ? relation.rowid : null);
  return names.map((name) => relation.columns.get(fold(name)) ?? docid(name) ?? refuse(`there is no column ${name}`));
}

function onConflict(t: Translator, { orConflict, upsert }: Insert, relation: Relation): string {
  if (upsert) return upsertClause(t, upsert, relation);
  if (orConflict === "Ignore") return " ON CONFLICT DO NOTHING";
  return orConflict === "Replace" ? refuse("INSERT OR REPLACE, which deletes rows first") : "";
}

function upsertClause(outer: Translator, { index, doClause, next }: Upsert, relation: Relation): string {
  if (next) return refuse("several ON CONFLICT clauses");
  const names = (index?.targets ?? []).map(({ expr }) => columnName(expr) ?? refuse("ON CONFLICT over an expression"));
  if (index?.whereClause) return refuse("ON CONFLICT with a condition");
  const target =
    names.length > 0
      ? ` (${targetColumns(relation, names)
          .map(({ sql }) => sql)
          .join(", ")})`
      : "";
  if (doClause.type === "NothingUpsertDo") return ` ON CONFLICT${target} DO NOTHING`;
  const name = relation.sql.slice(relation.sql.indexOf(".") + 1);
  const excluded = scopeTable(relation, "excluded", "excluded");
  const t = outer.within(
    openScope(outer.scope, [scopeTable(relation, "", name), { ...excluded, merged: new Set(relation.columns.keys()) }]),
  );
  const where = doClause.whereClause ? ` WHERE ${t.condition(doClause.whereClause)}` : "";
  return ` ON CONFLICT${target} DO UPDATE SET ${assignments(t, doClause.sets, relation)}${where}`;
}

export function update(outer: Translator, command: Update): string {
  if (command.orConflict && command.orConflict !== "Abort")
    return refuse(`UPDATE OR ${command.orConflict.toUpperCase()}`);
  if (command.from) return refuse("UPDATE with FROM");
  const { t, relation } = over(outer, command.tblName.objName.text);
  const where = command.whereClause ? ` WHERE ${t.condition(command.whereClause)}` : "";
  return `UPDATE ${relation.sql} AS "changed" SET ${assignments(t, command.sets, relation)}${where}`;
}

export function remove(outer: Translator, command: Delete): string {
  const { t, relation } = over(outer, command.tblName.objName.text);
  const where = command.whereClause ? ` WHERE ${t.condition(command.whereClause)}` : "";
  return `DELETE FROM ${relation.sql} AS "changed"${where}`;
}

/** The changed table's columns come before those of NEW and OLD. */
function over(outer: Translator, name: string): { t: Translator; relation: Relation } {
  const relation = outer.relation(name);
  return { t: outer.within(openScope(outer.scope, [scopeTable(relation, name, '"changed"')])), relation };
}

function assignments(t: Translator, sets: Update["sets"], relation: Relation): string {
  return sets
    .map(({ colNames, expr }) => {
      const [name, more] = colNames;
      if (!name || more) return refuse("several columns set at once");
      const column = relation.columns.get(fold(name.text)) ?? refuse(`there is no column ${name.text}`);
      return `${column.sql} = ${asColumn(t.value(expr), column)}`;
    })
    .join(", ");
}
