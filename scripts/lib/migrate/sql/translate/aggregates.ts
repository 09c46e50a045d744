import type { FunctionCallExpr, FunctionCallStarExpr, Over, SortedColumn, Window } from "sqlite3-parser";
import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import { fold } from "../parse.ts";
import { asInteger, asNumber, asText, plain } from "./coerce.ts";
import { unify } from "./functions.ts";
import { toJson } from "./json-make.ts";
import { orderTerm } from "./order.ts";
import { int, literalInteger, real, refuse, type Translator, type Typed, text } from "./typed.ts";

export const aggregateNames = [
  "count",
  "sum",
  "total",
  "avg",
  "group_concat",
  "string_agg",
  "json_group_array",
  "json_group_object",
];
export const windowNames = [
  "row_number",
  "rank",
  "dense_rank",
  "percent_rank",
  "cume_dist",
  "ntile",
  "lag",
  "lead",
  "first_value",
  "last_value",
  "nth_value",
];

/** Whether a call is of an aggregate or window function; min and max are with one argument only. */
export function isAggregate(name: string, args: number, over: boolean): boolean {
  if (aggregateNames.includes(name) || windowNames.includes(name)) return true;
  return (name === "min" || name === "max") && (args === 1 || over);
}

/** Why NOCASE over such texts cannot be grouped or put in order by citext. */
export const foldsMore = "it takes texts beyond ASCII together by NOCASE, and citext would take É and é for one";

type Call = FunctionCallExpr | FunctionCallStarExpr;

export function aggregate(t: Translator, call: Call): Typed {
  const name = fold(call.name.name);
  const over = call.filterOver?.overClause;
  const work = () => inner(t, call, name);
  // Under OVER the columns are those of single rows.
  const result = over ? work() : t.aggregate(work);
  const filter = call.filterOver?.filterClause;
  const condition = filter ? t.aggregate(() => t.condition(filter)) : null;
  const tail = `${condition ? ` FILTER (WHERE ${condition})` : ""}${over ? ` OVER ${window(t, over)}` : ""}`;
  return { ...result, sql: wrap(name, result, tail) };
}

/** Casts and defaults go around the whole call, with its FILTER and OVER. */
function wrap(name: string, { sql, kind }: Typed, tail: string): string {
  const call = `${sql}${tail}`;
  if (name === "json_group_array") return `COALESCE(${call}, '[]')`;
  if (name === "json_group_object") return `COALESCE(${call}, '{}')`;
  if (name === "total") return `COALESCE(${call}, 0)::double precision`;
  // bigint's sum is numeric; there it is an integer.
  return name === "sum" && kind === "integer" ? `(${call})::bigint` : call;
}

function inner(t: Translator, call: Call, name: string): Typed {
  if (call.type === "FunctionCallStarExpr") {
    return name === "count" ? int("count(*)", { positive: true }) : refuse(`${name}(*)`);
  }
  const args = (call.args ?? []).map((arg) => t.value(arg));
  const distinct = call.distinctness === "Distinct" ? "DISTINCT " : "";
  const order = call.orderBy?.type === "SortListFunctionCallOrder" ? orderOf(t, call.orderBy.columns) : "";
  const [first] = args;
  if (distinct !== "" && first?.column?.beyondAscii) return refuse(foldsMore);
  if (windowNames.includes(name)) return windowFunction(name, args);
  if (name === "count") return int(`count(${distinct}${first ? first.sql : "*"})`, { positive: true });
  if (!first) return refuse(`${name}() without an argument`);
  switch (name) {
    case "sum":
    case "total":
      return total(name, asNumber(first), distinct);
    case "avg": {
      const value = asNumber(first);
      return real(`avg(${distinct}${value.sql}::double precision)`, { approximate: true });
    }
    case "min":
    case "max": {
      const result = extreme(name, first);
      if (!call.filterOver?.overClause) {
        const by = result.sql.slice(name.length + 1, -1);
        const filtered = call.filterOver?.filterClause !== undefined;
        t.scope.extremes.set(result.sql, { by, descending: name === "max", filtered });
      }
      return result;
    }
    case "group_concat":
    case "string_agg":
      return joined(first, args[1], distinct, order);
    case "json_group_array":
      return { sql: `jsonb_agg(${distinct}${toJson(first)}${order === "" ? "" : ` ${order}`})`, kind: "json" };
    case "json_group_object": {
      const value = toJson(args[1] ?? refuse("json_group_object() without a value"));
      return { sql: `jsonb_object_agg(${asText(first)}, ${value}${order === "" ? "" : ` ${order}`})`, kind: "json" };
    }
    default:
      return refuse(`the function ${name}()`);
  }
}

function total(name: string, value: Typed, distinct: string): Typed {
  const sql = `sum(${distinct}${value.sql})`;
  if (name === "total") return real(sql, { approximate: true });
  return value.kind === "integer" ? int(sql) : { sql, kind: value.kind, approximate: true };
}

function extreme(name: string, value: Typed): Typed {
  const { kind } = value;
  if (value.numbers) return refuse(`${name}() of numbers and texts`);
  if (value.column?.beyondAscii) return refuse(foldsMore);
  if (kind === "boolean") return int(`${name}(${plain(value).sql})`, { positive: true });
  if (kind === "json" || kind === "uuid" || kind === "any") return refuse(`${name}() of a ${kind}`);
  return {
    sql: `${name}(${value.sql})`,
    kind,
    ...(value.column ? { column: value.column } : {}),
    ...(value.approximate ? { approximate: true } : {}),
  };
}

function joined(value: Typed, separator: Typed | undefined, distinct: string, order: string): Typed {
  const by = order === "" ? "" : ` ${order}`;
  // Without an order, which row comes first is open on both sides; mostly both take the rows' own.
  const open = order === "" ? { unordered: true as const } : {};
  return text(`string_agg(${distinct}${asText(value)}, ${separator ? asText(separator) : "','"}${by})`, open);
}

function windowFunction(name: string, args: Typed[]): Typed {
  const [first, second, third] = args;
  switch (name) {
    case "row_number":
    case "rank":
    case "dense_rank":
      return int(`${name}()`, { positive: true });
    case "percent_rank":
    case "cume_dist":
      return real(`${name}()`);
    case "ntile":
      return int(`ntile(${asInteger(first ?? refuse("ntile()"))}::int)`, { positive: true });
    default: {
      if (!first) return refuse(`${name}() without an argument`);
      const extra = second ? `, ${literalInteger(second) ?? refuse(`${name}() with a computed place`)}` : "";
      if (!third) return { ...first, sql: `${name}(${first.sql}${extra})` };
      const { sqls, kind, rest } = unify([first, third]);
      return { sql: `${name}(${sqls[0]}${extra}, ${sqls[1]})`, kind, ...rest };
    }
  }
}

function orderOf(t: Translator, columns: readonly SortedColumn[]): string {
  return `ORDER BY ${columns.map((column) => orderTerm(t, column)).join(", ")}`;
}

function window(t: Translator, over: Over): string {
  return over.type === "NameOver" ? quoteIdentifier(over.name.text) : windowSql(t, over.window);
}

/** A window's definition in parentheses. */
export function windowSql(t: Translator, definition: Window): string {
  const { partitionBy, orderBy, frameClause } = definition;
  const parts = [
    ...(partitionBy?.length ? [`PARTITION BY ${partitionBy.map((expr) => t.value(expr).sql).join(", ")}`] : []),
    ...(orderBy?.length ? [orderOf(t, orderBy)] : []),
    // Frames are spelled alike on both sides, but for what is computed in them.
    ...(frameClause
      ? [frame(t.source.slice(frameClause.span.offset, frameClause.span.offset + frameClause.span.length))]
      : []),
  ];
  return `(${parts.join(" ")})`;
}

function frame(sql: string): string {
  if (!/^[A-Za-z0-9\s]*$/.test(sql)) return refuse("a window's frame with expressions");
  return sql;
}
