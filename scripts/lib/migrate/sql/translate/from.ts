import type { Expr, FromClause, JoinConstraint, JoinedSelectTable, SelectTable } from "sqlite3-parser";
import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import { fold } from "../parse.ts";
import { jsonTable } from "./json-table.ts";
import { type Relation, refuse, type Scope, type ScopeTable, type Translator } from "./typed.ts";

/** The parser's bits for the words before JOIN. */
const joinWords = { natural: 4, left: 8, right: 16 };

/** What a subquery in FROM needs of the translation of queries. */
export type Subquery = (
  t: Translator,
  select: Extract<SelectTable, { type: "SelectSelectTable" }>["select"],
) => {
  sql: string;
  relation: Relation;
};

/** FROM with its joins; each table is put into the translator's scope, in their order. */
export function translateFrom(t: Translator, from: FromClause, subquery: Subquery): string {
  if (!from.select) return refuse("FROM without a table");
  let sql = item(t, from.select, subquery);
  for (const join of from.joins ?? []) sql += joined(t, join, subquery);
  return sql;
}

function item(t: Translator, table: SelectTable, subquery: Subquery): string {
  switch (table.type) {
    case "TableSelectTable": {
      const name = table.tblName.objName.text;
      const database = table.tblName.dbName?.text;
      if (database !== undefined && fold(database) !== "main") refuse(`it reads the database ${database}`);
      const relation = cte(t.scope, fold(name)) ?? t.relation(name);
      return put(t.scope, relation.sql, relation, table.alias?.name.text ?? name);
    }
    case "SelectSelectTable": {
      const { sql, relation } = subquery(t.within({ ...t.scope, tables: [], aliases: new Map() }), table.select);
      return put(t.scope, sql, relation, table.alias?.name.text ?? `subquery_${t.scope.tables.length + 1}`);
    }
    case "SubSelectTable": {
      if (table.alias) return refuse("a join with a name of its own");
      return `(${translateFrom(t, table.from, subquery)})`;
    }
    case "TableCallSelectTable": {
      const name = fold(table.tblName.objName.text);
      if (name !== "json_each" && name !== "json_tree") return refuse(`the table-valued function ${name}()`);
      const relation = jsonTable(
        name,
        (table.args ?? []).map((arg) => t.value(arg)),
      );
      return put(t.scope, relation.sql, relation, table.alias?.name.text ?? name);
    }
  }
}

function cte(scope: Scope, name: string): Relation | null {
  return scope.ctes.get(name) ?? (scope.outer ? cte(scope.outer, name) : null);
}

function put(scope: Scope, sql: string, relation: Relation, alias: string): string {
  const quoted = quoteIdentifier(alias);
  if (scope.tables.some((table) => table.alias === fold(alias))) refuse(`two tables called ${alias}`);
  scope.tables.push({ ...relation, alias: fold(alias), sql: quoted, merged: new Set() });
  return sql === quoted ? sql : `${sql} AS ${quoted}`;
}

function joined(t: Translator, join: JoinedSelectTable, subquery: Subquery): string {
  const type = join.operator.type === "CommaJoinOperator" ? 0 : (join.operator.joinType ?? 0);
  const left = t.scope.tables.length;
  const table = item(t, join.table, subquery);
  const condition = conditionOf(t, join.constraint, (type & joinWords.natural) !== 0, left);
  const outer = type & (joinWords.left | joinWords.right);
  if (outer !== 0 && outer !== joinWords.left && join.constraint?.type === "UsingJoinConstraint") {
    refuse("RIGHT or FULL JOIN with USING");
  }
  if (outer === 0) return condition === null ? ` CROSS JOIN ${table}` : ` JOIN ${table} ON ${condition}`;
  const word = outer === joinWords.left ? "LEFT" : outer === joinWords.right ? "RIGHT" : "FULL";
  return ` ${word} JOIN ${table} ON ${condition ?? "true"}`;
}

function conditionOf(
  t: Translator,
  constraint: JoinConstraint | undefined,
  natural: boolean,
  left: number,
): string | null {
  if (constraint?.type === "OnJoinConstraint") return t.condition(constraint.expr);
  const right = t.scope.tables[left];
  if (!right) return null;
  const before = t.scope.tables.slice(0, left);
  const names = constraint
    ? constraint.columns.map(({ text }) => fold(text))
    : natural
      ? [...right.columns.keys()].filter((name) => before.some(({ columns }) => columns.has(name)))
      : [];
  if (names.length === 0) return null;
  return names.map((name) => equal(t, before, right, name)).join(" AND ");
}

/** USING: the column is the left one's from now on. */
function equal(t: Translator, before: ScopeTable[], right: ScopeTable, name: string): string {
  const left = before.find(({ columns, merged }) => columns.has(name) && !merged.has(name));
  if (!left || !right.columns.has(name)) return refuse(`a join over ${name}`);
  const column = (table: ScopeTable): Expr =>
    ({
      type: "QualifiedExpr",
      schema: undefined,
      table: { type: "Name", text: table.alias },
      column: { type: "Name", text: name },
    }) as unknown as Expr;
  const sql = t.compare(t.value(column(left)), "=", t.value(column(right))).sql;
  right.merged.add(name);
  return sql;
}
