import type { Expr, TriggerCmd, Upsert } from "sqlite3-parser";
import { fold } from "../parse.ts";
import { columnName } from "../table.ts";
import { asColumn } from "./coerce.ts";
import { translateFrom } from "./from.ts";
import { subquery, translateSelect } from "./select.ts";
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

function onConflict(t: Translator, { orConflict, upsert, tblName }: Insert, relation: Relation): string {
  if (upsert) return upsertClause(t, upsert, relation, tblName.objName.text);
  if (orConflict === "Ignore") return " ON CONFLICT DO NOTHING";
  return "";
}

/**
 * INSERT OR REPLACE, row by row: the rows that are equal in a key are deleted first. SQLite starts no triggers for those.
 * @returns lines of PL/pgSQL
 */
export function replace(t: Translator, { orConflict: _, ...command }: Insert): string[] {
  const relation = t.relation(command.tblName.objName.text);
  const replacing = relation.replacing?.() ?? "INSERT OR REPLACE into what is no table";
  if (typeof replacing === "string") return refuse(replacing);
  const columns = targetColumns(
    relation,
    command.colNames?.map(({ text }) => text),
  );
  const given = new Map(columns.map((column, i) => [fold(column.name), `"replacing"."c${i + 1}"`]));
  const ways = replacing.flatMap((key) => {
    // A column that is not given is NULL, or a number of its own: no row is in the way.
    if (key.some((name) => !given.has(name))) return [];
    return [
      `(${key.map((name) => `"old_row".${relation.columns.get(name)?.sql} = ${given.get(name)}`).join(" AND ")})`,
    ];
  });
  if (ways.length === 0) return [`${insert(t, { ...command, orConflict: undefined })};`];
  const rows = converted(t, command, columns).map((row) => `SELECT ${row}`);
  return [
    "DECLARE",
    '  "replacing" record;',
    "BEGIN",
    `  FOR "replacing" IN ${rows.join(" UNION ALL ")} LOOP`,
    `    DELETE FROM ${relation.sql} AS "old_row" WHERE ${ways.join(" OR ")};`,
    `    INSERT INTO ${relation.sql} (${columns.map(({ sql }) => sql).join(", ")}) VALUES (${[...given.values()].join(", ")});`,
    "  END LOOP;",
    "END;",
  ];
}

/** The rows of an INSERT as lists of `value AS "c1"`, each value of its column's type; the last with a FROM, where there is one. */
function converted(t: Translator, command: Omit<Insert, "orConflict">, columns: ScopeColumn[]): string[] {
  const body = command.select.select;
  const list = (values: string[]) => {
    if (values.length !== columns.length) return refuse("INSERT of another number of values");
    return values.map((sql, i) => `${sql}::${columns[i]?.type.type} AS "c${i + 1}"`).join(", ");
  };
  if (body.type === "SelectValues" && !command.select.compounds) {
    return body.values.map(({ values }) =>
      list(values.map((expr, i) => asColumn(t.value(expr), columns[i] ?? refuse("INSERT")))),
    );
  }
  const { sql, outputs } = translateSelect(t, command.select);
  const values = outputs.map(({ typed }, i) => asColumn(found(typed, "found"), columns[i] ?? refuse("INSERT")));
  return [`${list(values)} FROM (${sql}) AS "found"`];
}

function upsertClause(
  outer: Translator,
  { index, doClause, next }: Upsert,
  relation: Relation,
  called: string,
): string {
  if (next) return refuse("several ON CONFLICT clauses");
  const names = (index?.targets ?? []).map(({ expr }) => columnName(expr) ?? refuse("ON CONFLICT over an expression"));
  if (index?.whereClause) return refuse("ON CONFLICT with a condition");
  const target =
    names.length > 0
      ? ` (${targetColumns(relation, names)
          .map(({ sql }) => sql)
          .join(", ")})`
      : "";
  if (target === "" && doClause.type === "SetUpsertDo") return refuse("DO UPDATE without a key that it is about");
  if (doClause.type === "NothingUpsertDo") return ` ON CONFLICT${target} DO NOTHING`;
  const name = relation.sql.slice(relation.sql.indexOf(".") + 1);
  const excluded = scopeTable(relation, "excluded", "excluded");
  const t = outer.within(
    openScope(outer.scope, [
      scopeTable(relation, called, name),
      { ...excluded, merged: new Set(relation.columns.keys()) },
    ]),
  );
  const where = doClause.whereClause ? ` WHERE ${t.condition(doClause.whereClause)}` : "";
  return ` ON CONFLICT${target} DO UPDATE SET ${assignments(t, doClause.sets, relation)}${where}`;
}

export function update(outer: Translator, command: Update): string {
  if (command.orConflict && command.orConflict !== "Abort")
    return refuse(`UPDATE OR ${command.orConflict.toUpperCase()}`);
  const { t, relation } = over(outer, command.tblName.objName.text);
  const from = command.from ? ` FROM ${translateFrom(t, command.from, subquery)}` : "";
  const where = command.whereClause ? ` WHERE ${t.condition(command.whereClause)}` : "";
  return `UPDATE ${relation.sql} AS "changed" SET ${assignments(t, command.sets, relation)}${from}${where}`;
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
    .flatMap(({ colNames, expr }) => {
      const exprs = colNames.length > 1 && expr.type === "ParenthesizedExpr" ? expr.exprs : [expr];
      if (exprs.length !== colNames.length) return refuse("several columns set to the columns of a query");
      return colNames.map(({ text }, i) => {
        const column = relation.columns.get(fold(text)) ?? refuse(`there is no column ${text}`);
        return `${column.sql} = ${asColumn(t.value(exprs[i] ?? refuse("SET")), column)}`;
      });
    })
    .join(", ");
}
