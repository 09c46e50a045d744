import type {
  BinaryExpr,
  CaseExpr,
  CastExpr,
  Expr,
  FunctionCallExpr,
  FunctionCallStarExpr,
  InListExpr,
} from "sqlite3-parser";
import { isBuiltIn } from "../built-in.ts";
import { keyword, literalValue } from "../literal.ts";
import { fold, isDoubleQuoted } from "../parse.ts";
import { aggregate, isAggregate } from "./aggregates.ts";
import { binary } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { asCondition, asInteger, asNumber, asText, literalTyped } from "./coerce.ts";
import { isEquality } from "./compare.ts";
import { clock, dates, now, readsClock, today } from "./dates.ts";
import { inUtf16, scalars, unify, volatile } from "./functions.ts";
import { geopackage } from "./geopackage.ts";
import { jsonReaders } from "./json.ts";
import { jsonMakers } from "./json-make.ts";
import { glob, like } from "./patterns.ts";
import { sameRow } from "./rowid.ts";
import { bool, type Comparison, refuse, type Translator, type Typed } from "./typed.ts";

/** Translates one expression; what it is made of is translated by `t`. */
export function translate(
  t: Translator,
  expr: Expr,
  lookUp: (table: string | null, name: string) => Typed | null,
): Typed {
  switch (expr.type) {
    case "Id":
    case "NameExpr": {
      const name = expr.type === "Id" ? expr.name : expr.name.text;
      return lookUp(null, name) ?? word(t, expr, name);
    }
    case "QualifiedExpr":
      return lookUp(expr.table.text, expr.column.text) ?? noColumn(expr.table.text, expr.column.text);
    case "NumericLiteral":
    case "StringLiteral":
    case "BlobLiteral":
    case "NullLiteral":
      return literalTyped(literalValue(expr) ?? refuse("a literal that cannot be read"));
    case "CurrentTimestampLiteral":
      return clockOnly(t, now());
    case "CurrentDateLiteral":
      return clockOnly(t, today());
    case "CurrentTimeLiteral":
      return clockOnly(t, clock());
    case "ParenthesizedExpr":
      return expr.exprs.length === 1 && expr.exprs[0] ? t.value(expr.exprs[0]) : refuse("a row of several values");
    case "UnaryExpr":
      return unary(t, expr.op, expr.expr);
    case "BinaryExpr":
      return operation(t, expr);
    case "BetweenExpr": {
      const value = t.value(expr.lhs);
      const [low, high] = [t.compare(value, ">=", t.value(expr.start)), t.compare(value, "<=", t.value(expr.end))];
      return bool(expr.not ? `NOT (${low.sql} AND ${high.sql})` : `${low.sql} AND ${high.sql}`);
    }
    case "IsNullExpr":
      return bool(`${t.value(expr.expr).sql} IS NULL`);
    case "NotNullExpr":
      return bool(`${t.value(expr.expr).sql} IS NOT NULL`);
    case "InListExpr":
      return inList(t, expr);
    case "InSelectExpr":
      return inSelect(t, t.value(expr.lhs), t.query(expr.rhs), expr.not);
    case "LikeExpr": {
      const [left, right] = [t.value(expr.lhs), t.value(expr.rhs)];
      if (expr.op !== "Like" && expr.op !== "Glob")
        return refuse(`${expr.op.toUpperCase()}, which the application defines`);
      const match =
        expr.op === "Like" ? like(left, right, expr.escape ? t.value(expr.escape) : null) : glob(left, right);
      return expr.not ? bool(`NOT ${match.sql}`) : match;
    }
    case "CaseExpr":
      return choose(t, expr);
    case "CastExpr":
      return castTo(t, expr);
    case "CollateExpr": {
      const collation = expr.collation.toUpperCase();
      if (collation !== "NOCASE" && collation !== "RTRIM" && collation !== "BINARY")
        refuse(`the collation ${expr.collation}`);
      return { ...t.value(expr.expr), collation: collation as "NOCASE" };
    }
    case "ExistsExpr":
      return bool(`EXISTS ${t.query(expr.select).sql}`);
    case "SubqueryExpr":
      return subquery(t, expr.select);
    case "FunctionCallExpr":
    case "FunctionCallStarExpr":
      return call(t, expr);
    case "RaiseExpr":
      return refuse("RAISE within an expression");
    default:
      return refuse(`an expression of the kind ${expr.type}`);
  }
}

function noColumn(table: string, column: string): never {
  const own = fold(table) === "new" || fold(table) === "old";
  return refuse(
    `there is no column ${table}.${column}${own ? "; SQLite itself refuses what would start the trigger" : ""}`,
  );
}

/** A word that names no column: TRUE or FALSE, or a string in double quotes. */
function word(t: Translator, expr: Expr, name: string): Typed {
  if (isDoubleQuoted(t.source, expr)) return literalTyped({ class: "text", value: name });
  const value = keyword(name);
  return value ? literalTyped(value) : refuse(`there is no column ${name}`);
}

function clockOnly(t: Translator, typed: Typed): Typed {
  return t.immutable ? refuse("it reads the clock") : typed;
}

function unary(t: Translator, op: string, inner: Expr): Typed {
  const value = t.value(inner);
  if (op === "Not") return bool(`NOT ${asCondition(value)}`);
  // A plus sign changes no value, and takes the column's affinity away.
  if (op === "Positive") return value.column ? { ...value, column: { ...value.column, affinity: null } } : value;
  if (op === "BitwiseNot") return { sql: `(~${asInteger(value)}::bigint)`, kind: "integer" };
  const literal = literalValue({ type: "UnaryExpr", op: "Negative", expr: inner, span: inner.span });
  if (literal) return literalTyped(literal);
  const number = asNumber(value);
  return { sql: `(-${number.sql})`, kind: number.kind, ...(number.approximate ? { approximate: true } : {}) };
}

const comparisons: Partial<Record<BinaryExpr["op"], Comparison>> = {
  Equals: "=",
  NotEquals: "<>",
  Less: "<",
  LessEquals: "<=",
  Greater: ">",
  GreaterEquals: ">=",
  Is: "IS",
  IsNot: "IS NOT",
};

function operation(t: Translator, { left, op, right }: BinaryExpr): Typed {
  if (op === "And" || op === "Or") return bool(`${t.condition(left)} ${op.toUpperCase()} ${t.condition(right)}`);
  const comparison = comparisons[op];
  const truth = op === "Is" || op === "IsNot" ? truthOf(t, right) : null;
  if (truth !== null) return bool(`${t.condition(left)} IS ${op === "Is" ? "" : "NOT "}${truth}`);
  const same = comparison && isEquality(comparison) ? sameRow(t.scope, left, right) : null;
  if (same) return bool(comparison === "=" || comparison === "IS" ? same : `NOT ${same}`);
  if (comparison && isRow(left) && isRow(right)) return rows(t, left, comparison, right);
  if (comparison) return t.compare(t.value(left), comparison, t.value(right));
  return binary(t.value(left), op, t.value(right));
}

/** `x IS TRUE` asks whether a number is not zero, where `x = TRUE` asks whether it is one. */
function truthOf(t: Translator, expr: Expr): "TRUE" | "FALSE" | null {
  if (expr.type !== "Id" || isDoubleQuoted(t.source, expr)) return null;
  const value = t.value(expr);
  if (value.column || value.literal?.class !== "integer") return null;
  return value.literal.value === 1n ? "TRUE" : "FALSE";
}

type Row = Extract<Expr, { type: "ParenthesizedExpr" }>;
const isRow = (expr: Expr): expr is Row => expr.type === "ParenthesizedExpr" && expr.exprs.length > 1;

/** `(a, b) = (1, 2)`, column by column. */
function rows(t: Translator, left: Row, comparison: Comparison, right: Row): Typed {
  const positive = comparison === "=" || comparison === "IS" ? comparison : comparison === "<>" ? "=" : "IS";
  if (!["=", "<>", "IS", "IS NOT"].includes(comparison)) return refuse("an order of rows of several values");
  if (left.exprs.length !== right.exprs.length) return refuse("rows of different widths");
  const tests = left.exprs.map((expr, i) => t.compare(t.value(expr), positive, t.value(right.exprs[i] ?? expr)).sql);
  return bool(positive === comparison ? tests.join(" AND ") : `NOT (${tests.join(" AND ")})`);
}

function inList(t: Translator, { lhs, not, rhs }: InListExpr): Typed {
  if (!rhs || rhs.length === 0) return { sql: not ? "true" : "false", kind: "boolean" };
  const value = t.value(lhs);
  const tests = rhs.map((expr) => t.compare(value, "=", t.value(expr)).sql);
  // `c = x` for each: together again as one IN where all have that form.
  const prefix = `(${value.sql} = `;
  const list = tests.every((sql) => sql.startsWith(prefix)) ? tests.map((sql) => sql.slice(prefix.length, -1)) : null;
  if (list) return bool(`${value.sql} ${not ? "NOT IN" : "IN"} (${list.join(", ")})`);
  return bool(not ? `NOT (${tests.join(" OR ")})` : tests.join(" OR "));
}

function inSelect(t: Translator, value: Typed, query: { sql: string; columns: Typed[] }, not: boolean): Typed {
  const [column] = query.columns;
  if (!column || query.columns.length !== 1) return refuse("IN over several columns");
  if (column.any && (value.kind === "text" || value.kind === "integer") && !value.numbers)
    return bool(`${asText(value)} ${not ? "NOT IN" : "IN"} ${query.sql}`);
  const one: Typed = { ...column, sql: "one" };
  const test = t.compare({ ...value, sql: "value" }, "=", one).sql;
  const match =
    /^\(value(::\w+)? = one(::\w+)?\)$/.exec(test) ?? refuse(`it looks for a ${value.kind} among ${column.kind}s`);
  const [, cast = "", other = ""] = match;
  const list = other === "" ? query.sql : `(SELECT x${other} FROM ${query.sql} AS list (x))`;
  return bool(`${value.sql}${cast} ${not ? "NOT IN" : "IN"} ${list}`);
}

function choose(t: Translator, { base, whenThenPairs, elseExpr }: CaseExpr): Typed {
  const subject = base ? t.value(base) : null;
  const conditions = whenThenPairs.map(({ when }) =>
    subject ? t.compare(subject, "=", t.value(when)).sql : t.condition(when),
  );
  const values = [...whenThenPairs.map(({ then }) => t.value(then)), ...(elseExpr ? [t.value(elseExpr)] : [])];
  const { sqls, kind, rest } = unify(values);
  const branches = conditions.map((condition, i) => `WHEN ${condition} THEN ${sqls[i]}`).join(" ");
  return { sql: `(CASE ${branches}${elseExpr ? ` ELSE ${sqls.at(-1)}` : ""} END)`, kind, ...rest };
}

function castTo(t: Translator, { expr, typeName }: CastExpr): Typed {
  const pieces = concatenated(expr);
  if (pieces.length > 1 && typeName?.name.toUpperCase() === "BLOB") {
    // Blobs put together are a text in SQLite, and the same bytes again as a blob.
    const values = pieces.map((piece) => t.value(piece));
    if (values.every(({ kind }) => kind === "bytes"))
      return { sql: `(${values.map(({ sql }) => sql).join(" || ")})`, kind: "bytes" };
  }
  const value = t.value(expr);
  if (t.utf16 && value.kind === "text" && typeName?.name.toUpperCase() === "BLOB") return refuse(inUtf16);
  return cast(value, typeName?.name ?? "");
}

/** What `||` puts together. */
function concatenated(expr: Expr): Expr[] {
  if (expr.type === "ParenthesizedExpr" && expr.exprs.length === 1 && expr.exprs[0]) return concatenated(expr.exprs[0]);
  return expr.type === "BinaryExpr" && expr.op === "Concat"
    ? [...concatenated(expr.left), ...concatenated(expr.right)]
    : [expr];
}

function subquery(t: Translator, select: Parameters<Translator["query"]>[0]): Typed {
  const { sql, columns } = t.query(select);
  const [column] = columns;
  if (!column || columns.length !== 1) return refuse("a query of several columns as a value");
  // SQLite takes the first row, PostgreSQL refuses a second one.
  const single = select.limit || select.compounds ? sql : `${sql.slice(0, -1)} LIMIT 1)`;
  return { ...column, sql: single };
}

function call(t: Translator, expr: FunctionCallExpr | FunctionCallStarExpr): Typed {
  const name = fold(expr.name.name);
  const count = expr.type === "FunctionCallExpr" ? (expr.args?.length ?? 0) : 0;
  if (isAggregate(name, count, expr.filterOver?.overClause !== undefined)) return aggregate(t, expr);
  if (expr.type === "FunctionCallStarExpr" || expr.distinctness || expr.orderBy || expr.filterOver) {
    return refuse(`the function ${expr.name.name}()`);
  }
  const args = (expr.args ?? []).map((arg) => t.value(arg));
  if (Object.hasOwn(dates, name)) {
    if (t.immutable && readsClock(name === "strftime" ? args.slice(1) : args)) refuse("it reads the clock");
    return dates[name]?.(t, args) ?? refuse(name);
  }
  if (Object.hasOwn(jsonReaders, name)) return jsonReaders[name]?.(args, t) ?? refuse(name);
  if (Object.hasOwn(jsonMakers, name)) return jsonMakers[name]?.(args, t) ?? refuse(name);
  if ((t.immutable || t.repeatable) && volatile.has(name)) return refuse(`${name}() gives another value each time`);
  if (t.geopackage && Object.hasOwn(geopackage, name)) return geopackage[name]?.(t, args) ?? refuse(name);
  if (Object.hasOwn(scalars, name)) return scalars[name]?.(args, t) ?? refuse(name);
  return refuse(
    isBuiltIn(name) || name.startsWith("sqlite_")
      ? `it calls ${name}(), which has no translation (docs/reference/sqlite-functions.md)`
      : `it calls ${expr.name.name}(), a function that the application or an extension gave SQLite, and which is not in the file`,
  );
}
