import type {
  CompoundOperator,
  Expr,
  OneSelect,
  ResultColumn,
  Select,
  SelectFrom,
  SelectValues,
  With,
} from "sqlite3-parser";
import { traverse } from "sqlite3-parser";
import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import { literalValue } from "../literal.ts";
import { fold, textOf } from "../parse.ts";
import { foldsMore, windowSql } from "./aggregates.ts";
import { asKind, commonKind, plain, sqlTypes } from "./coerce.ts";
import { translateFrom } from "./from.ts";
import { checkGrouping, readsOpen, refuseOpen, shownAs } from "./grouping.ts";
import { type Arm, limit, type Output, orderTerm } from "./result.ts";
import {
  columnTyped,
  isNumber,
  type Kind,
  openScope,
  type Relation,
  refuse,
  type Scope,
  type ScopeColumn,
  type Translator,
  type Typed,
} from "./typed.ts";

interface QueryOptions {
  /** Names for the result's columns, where something else gives them. */
  names?: string[] | undefined;
  /** Gives each column's name in the target. */
  rename?: (name: string) => string;
}

/** Translates a query, without parentheses around it. */
export function translateSelect(
  outer: Translator,
  select: Select,
  options: QueryOptions = {},
): { sql: string; outputs: Output[] } {
  const t = outer.within(openScope(outer.scope));
  const ctes = select.with ? translateWith(t, select.with) : "";
  const first = arm(t, select.select);
  const others = (select.compounds ?? []).map((compound) => ({ ...compound, arm: arm(t, compound.select) }));
  return finish(t, select, ctes, first, others, options);
}

function finish(
  t: Translator,
  select: Select,
  ctes: string,
  first: Arm,
  others: { operator: CompoundOperator; arm: Arm }[],
  { names, rename = (name) => name }: QueryOptions,
): { sql: string; outputs: Output[] } {
  const arms = [first, ...others.map((other) => other.arm)];
  const outputs = merge(arms, names);
  const taken = new Set<string>();
  const aliases = outputs.map(({ name }) => unique(rename(name), taken));
  const columns = (one: Arm) =>
    one.outputs.map(({ typed }, i) => {
      const shown = outputs[i]?.typed;
      const sql = shown?.column ? typed.sql : asKind(typed, shown?.kind ?? typed.kind);
      return `${sql} AS ${quoteIdentifier(aliases[i] ?? "")}`;
    });
  let sql = first.write(columns(first));
  // One after the other, from the left: INTERSECT binds tighter in PostgreSQL.
  others.forEach(({ operator, arm: one }, i) => {
    sql = `${i > 0 ? `(${sql})` : sql} ${operators[operator]} ${one.write(columns(one))}`;
  });
  const isOpen = outputs.some(({ typed }) => typed.open);
  if (isOpen && others.some(({ operator }) => operator !== "UnionAll")) refuseOpen("a UNION");
  const chosenBy = first.scope.extremes.size;
  const order = () => (select.orderBy ?? []).map((term) => orderTerm(t, term, arms, outputs));
  let terms = order();
  if (first.settle?.()) terms = order();
  if (first.scope.picked.size > 0 && first.scope.extremes.size !== chosenBy)
    refuse("it orders by a min() or max() that decides which row of a group it shows");
  if (terms.length > 0) sql += ` ORDER BY ${terms.join(", ")}`;
  if (select.limit) {
    const reads = readsOpen(first.scope);
    if (terms.some((term) => outputs[Number.parseInt(term, 10) - 1]?.typed.open || reads(term))) refuseOpen("LIMIT");
    sql += limit(select.limit);
  }
  return {
    sql: `${ctes}${sql}`,
    outputs: outputs.map((output, i) => ({
      ...output,
      typed: { ...output.typed, sql: quoteIdentifier(aliases[i] ?? "") },
    })),
  };
}

const operators: Record<CompoundOperator, string> = {
  Union: "UNION",
  UnionAll: "UNION ALL",
  Except: "EXCEPT",
  Intersect: "INTERSECT",
};

function unique(name: string, taken: Set<string>): string {
  let result = name;
  for (let n = 1; taken.has(result); n++) result = `${name}:${n}`;
  taken.add(result);
  return result;
}

/** The result's columns: of one kind over all SELECTs, and a plain column only where all of them show it alike. */
function merge(arms: Arm[], names: string[] | undefined): Output[] {
  const [first] = arms;
  if (!first || arms.some(({ outputs }) => outputs.length !== first.outputs.length))
    return refuse("SELECTs of different widths");
  return first.outputs.map(({ name, typed }, i) => {
    const all = arms.map(({ outputs }) => outputs[i]?.typed ?? typed);
    const kind = kindOf(all);
    const same = all.every(
      (one) => one.column && JSON.stringify(one.column.type) === JSON.stringify(typed.column?.type),
    );
    const { column, literal: _, digits: __, instant: ___, form: ____, pieces: _____, jsonb: ______, ...rest } = typed;
    const numbers =
      kind === "text" &&
      (all.some((one) => one.numbers) || new Set(all.map((one) => one.kind).filter((k) => k !== "null")).size > 1);
    const merged: Typed = {
      ...rest,
      kind,
      ...(same && column ? { column } : {}),
      ...(numbers ? { numbers: true } : {}),
      ...(all.some((one) => one.kind === "any" || one.any || (numbers && isNumber(one) && one.kind !== "integer"))
        ? { any: true as const }
        : {}),
      ...(all.some(({ approximate }) => approximate) ? { approximate: true } : {}),
      ...(all.some(({ open }) => open) ? { open: true as const } : {}),
    };
    return { name: names?.[i] ?? name, typed: merged };
  });
}

function kindOf(all: Typed[]): Kind {
  const kinds = all.map((one) => (one.kind === "any" ? "text" : one.kind));
  // A literal 0 or 1 beside a boolean column is one of its values.
  const booleans = all.every((one) => one.kind === "boolean" || one.kind === "null" || isBoolean(one));
  if (booleans && kinds.includes("boolean")) return "boolean";
  const kind =
    commonKind(kinds) ??
    commonKind(all.map((one) => plain(one).kind)) ??
    refuse(`a column that is ${[...new Set(kinds)].join(" and ")}`);
  return kind === "null" ? "text" : kind;
}

const isBoolean = ({ literal }: Typed): boolean =>
  literal?.class === "integer" && (literal.value === 0n || literal.value === 1n);

function arm(outer: Translator, select: OneSelect): Arm {
  if (select.type === "SelectFrom") return selectFrom(outer.within(openScope(outer.scope)), select);
  return valuesArm(outer, select);
}

/** VALUES as a UNION ALL of its rows, each column of one kind. */
function valuesArm(t: Translator, select: SelectValues): Arm {
  const rows = select.values.map(({ values }) => values.map((expr) => t.value(expr)));
  const [first] = rows;
  if (!first || rows.some((row) => row.length !== first.length)) return refuse("VALUES of different widths");
  const kinds = first.map((typed, i) => kindOf(rows.map((row) => row[i] ?? typed)));
  const column = (i: number) => quoteIdentifier(`column${i + 1}`);
  const lines = rows.map(
    (row) => `SELECT ${row.map((typed, i) => `${asKind(typed, kinds[i] ?? "text")} AS ${column(i)}`).join(", ")}`,
  );
  const outputs = kinds.map((kind, i) => ({ name: `column${i + 1}`, typed: { sql: `"rows".${column(i)}`, kind } }));
  return {
    outputs,
    write: (columns) => `SELECT ${columns.join(", ")} FROM (${lines.join(" UNION ALL ")}) AS "rows"`,
    scope: t.scope,
    distinct: false,
  };
}

function selectFrom(t: Translator, select: SelectFrom): Arm {
  const { scope } = t;
  const from = select.from ? ` FROM ${translateFrom(t, select.from, subquery)}` : "";
  const shown = select.columns.map((column) => resultColumns(t, column));
  let outputs = shown.flat();
  nameOutputs(scope, outputs);
  const aggregatedBefore = scope.aggregated;
  scope.aggregated = false;
  const where = select.whereClause ? ` WHERE ${t.condition(select.whereClause)}` : "";
  if (scope.aggregated) refuse("an aggregate in WHERE");
  scope.aggregated = aggregatedBefore;
  const groups = (select.groupBy ?? []).map((expr) => group(t, expr, outputs));
  scope.bare.clear();
  let having = select.having ? ` HAVING ${t.condition(select.having)}` : "";
  const settle = groups.length > 0 || scope.aggregated ? checkGrouping(t, select, typedOf(outputs), groups) : undefined;
  if (scope.picked.size > 0) {
    // Written anew, with what was picked.
    for (const { name, typed } of outputs)
      if (scope.aliases.get(fold(name)) === typed) scope.aliases.delete(fold(name));
    // A term of GROUP BY has to stay as it is there.
    const isTerm = ([one, ...more]: Output[]) => one && more.length === 0 && groups.includes(one.typed.sql);
    outputs = select.columns.flatMap((column, i) => {
      const before = shown[i] ?? [];
      return isTerm(before) ? before : resultColumns(t, column);
    });
    nameOutputs(scope, outputs);
    having = select.having ? ` HAVING ${t.condition(select.having)}` : "";
  }
  const windows = (select.windowClause ?? []).map((definition) => namedWindow(t, definition));
  const tail = [
    from,
    where,
    groups.length > 0 ? ` GROUP BY ${groups.join(", ")}` : "",
    having,
    windows.length > 0 ? ` WINDOW ${windows.join(", ")}` : "",
  ].join("");
  const distinct = select.distinctness === "Distinct";
  const isOpen = readsOpen(scope);
  if ([from, where, having, ...groups].some(isOpen)) refuseOpen("it");
  outputs = outputs.map(({ name, typed }) => ({
    name,
    typed: isOpen(typed.sql) ? { ...typed, open: true as const } : typed,
  }));
  const open = outputs.some(({ typed }) => typed.open);
  if (open && (distinct || !t.repeatable)) refuseOpen(distinct ? "DISTINCT" : "what it writes");
  if (distinct && outputs.some(({ typed }) => typed.column?.beyondAscii)) refuse(foldsMore);
  return {
    outputs,
    write: (columns) => `SELECT ${distinct ? "DISTINCT " : ""}${columns.join(", ")}${tail}`,
    scope,
    distinct,
    ...(settle ? { settle } : {}),
  };
}

const typedOf = (outputs: Output[]): Typed[] => outputs.map(({ typed }) => typed);

function nameOutputs(scope: Scope, outputs: Output[]): void {
  for (const { name, typed } of outputs) if (!scope.aliases.has(fold(name))) scope.aliases.set(fold(name), typed);
}

function namedWindow(t: Translator, definition: NonNullable<SelectFrom["windowClause"]>[number]): string {
  return `${quoteIdentifier(definition.name.text)} AS ${windowSql(t, definition.window)}`;
}

/** GROUP BY may name a result column by its place or its name. */
function group(t: Translator, expr: Expr, outputs: Output[]): string {
  const place = literalValue(expr);
  const typed = place?.class === "integer" ? outputs[Number(place.value) - 1]?.typed : t.value(expr);
  if (!typed) return refuse("GROUP BY a place that is not there");
  return typed.column?.beyondAscii ? refuse(foldsMore) : typed.sql;
}

function resultColumns(t: Translator, column: ResultColumn): Output[] {
  if (column.type === "ExprResultColumn") {
    const typed = t.value(column.expr);
    // A comparison gives 0 or 1 there.
    const shown = typed.kind === "boolean" && !typed.column ? plain(typed) : typed;
    return [{ name: column.alias?.name.text ?? nameOf(t, column.expr, typed), typed: shown }];
  }
  const wanted = column.type === "TableStarResultColumn" ? fold(column.table.text) : null;
  const tables = t.scope.tables.filter(({ alias }) => wanted === null || alias === wanted);
  if (tables.length === 0) return refuse("* without a table");
  return tables.flatMap((table) =>
    [...table.columns.values()]
      .filter(({ name }) => wanted !== null || !table.merged.has(fold(name)))
      .map((found) => ({ name: found.name, typed: shownAs(t.scope, columnTyped(table, found)) })),
  );
}

function nameOf(t: Translator, expr: Expr, typed: Typed): string {
  if (typed.column && (expr.type === "Id" || expr.type === "NameExpr" || expr.type === "QualifiedExpr"))
    return typed.column.name;
  if (typed.kind === "any" && expr.type === "QualifiedExpr") return expr.column.text;
  return textOf(t.source, expr);
}

/** A query in FROM, with what its columns are. */
export function subquery(t: Translator, select: Select): { sql: string; relation: Relation } {
  const { sql, outputs } = translateSelect(t, select);
  return { sql: `(${sql})`, relation: relationOf("", outputs) };
}

/** The result of a query as a table of another. */
export function relationOf(sql: string, outputs: Output[]): Relation {
  const columns = new Map<string, ScopeColumn>();
  for (const { name, typed } of outputs) {
    if (columns.has(fold(name))) continue;
    const kind = typed.kind === "any" || typed.kind === "null" ? "text" : typed.kind;
    const own: Omit<ScopeColumn, "name" | "sql"> = typed.column ?? {
      type: {
        type: sqlTypes[kind] ?? "text",
        convert: { as: kind, ...(typed.numbers || typed.any || typed.kind === "any" ? { numbers: true } : {}) },
      },
      affinity: null,
      collation: "BINARY",
      form: null,
      integers: false,
      ...(typed.any || typed.kind === "any" ? { any: true as const } : {}),
      ...(typed.approximate ? { approximate: true as const } : {}),
    };
    const { open: _, ...shown } = own;
    columns.set(fold(name), { ...shown, name, sql: typed.sql, ...(typed.open ? { open: true as const } : {}) });
  }
  return { sql, columns, rowid: null, key: [] };
}

function translateWith(t: Translator, { ctes }: With): string {
  let recursive = false;
  const parts = ctes.map((cte) => {
    const name = quoteIdentifier(cte.tblName.text);
    const names = cte.columns?.map(({ colName }) => colName.text);
    const own = refersTo(cte.select, fold(cte.tblName.text));
    recursive ||= own;
    const { sql, outputs } = own
      ? recursion(t, cte.select, name, fold(cte.tblName.text), names)
      : translateSelect(t, cte.select, { names });
    if (own && outputs.some(({ typed }) => typed.open)) refuseOpen("a recursive query");
    t.scope.ctes.set(fold(cte.tblName.text), relationOf(name, outputs));
    const how = cte.materialized === "Yes" ? " MATERIALIZED" : cte.materialized === "No" ? " NOT MATERIALIZED" : "";
    return `${name} AS${how} (${sql})`;
  });
  return `WITH ${recursive ? "RECURSIVE " : ""}${parts.join(", ")} `;
}

function refersTo(select: Select, name: string): boolean {
  let found = false;
  traverse(select, {
    nodes: {
      TableSelectTable(node) {
        found ||= fold(node.tblName.objName.text) === name;
      },
    },
  });
  return found;
}

/** A recursive query: its first SELECT gives the types, which PostgreSQL wants to be the very same in the others. */
function recursion(outer: Translator, select: Select, sql: string, name: string, names: string[] | undefined) {
  if (select.orderBy || select.limit || select.with) return refuse("a recursive query with ORDER BY or LIMIT");
  const t = outer.within(openScope(outer.scope));
  const first = exact(arm(t, select.select));
  const quoted = first.outputs.map(({ name: own, typed }, i) => ({
    name: names?.[i] ?? own,
    typed: { ...typed, sql: quoteIdentifier(names?.[i] ?? own) },
  }));
  t.scope.ctes.set(name, relationOf(sql, quoted));
  const others = (select.compounds ?? []).map((compound) => ({ ...compound, arm: exact(arm(t, compound.select)) }));
  return finish(t, select, "", first, others, { names });
}

function exact(one: Arm): Arm {
  const outputs = one.outputs.map(({ name, typed }) => {
    const { column: _, literal: __, ...rest } = typed;
    const type = sqlTypes[typed.kind] ?? "text";
    return {
      name,
      typed: {
        ...rest,
        sql: `${typed.sql}::${type}`,
        kind: typed.kind === "any" || typed.kind === "null" ? ("text" as const) : typed.kind,
      },
    };
  });
  return { ...one, outputs };
}
