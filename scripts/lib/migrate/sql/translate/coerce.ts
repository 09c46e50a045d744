import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import type { Affinity } from "../../model/source.ts";
import { constant } from "../constant.ts";
import { applyAffinity, realText as shortest, type Value } from "../literal.ts";
import { strftime } from "./strftime.ts";
import { collatingType, type Form, isNumber, type Kind, refuse, type ScopeColumn, type Typed } from "./typed.ts";

/** An expression as the value that SQLite has there: types that only PostgreSQL has become text or integers again. */
export function plain(typed: Typed): Typed {
  const { kind, sql, column } = typed;
  switch (kind) {
    case "boolean":
      if (column?.type.convert.true) return plainBoolean(sql, column);
      return { sql: `${sql}::int`, kind: "integer", positive: true };
    case "uuid":
      return { sql: `(${uuidText(sql, column?.form ?? null)})`, kind: "text" };
    case "json":
      if (column?.type.type !== "json") refuse("it needs JSON's text, which jsonb does not keep");
      return { sql: `${sql}::text`, kind: "text" };
    case "instant":
    case "local":
    case "date":
    case "time":
      return column ? plainMoment(sql, column) : refuse("it needs the text of a computed moment");
    case "any":
      return { sql, kind: "text", numbers: true };
    default:
      return typed;
  }
}

function plainBoolean(sql: string, column: ScopeColumn): Typed {
  const { yes, no } = wordsOf(column);
  return {
    sql: `CASE WHEN ${sql} THEN ${quoteLiteral(yes)} WHEN NOT ${sql} THEN ${quoteLiteral(no)} END`,
    kind: "text",
  };
}

/** The texts that stand for true and false. @throws {Untranslatable} where there are several */
export function wordsOf({ type: { convert }, mixed }: ScopeColumn): { yes: string; no: string } {
  const [[yes, more], [no, others]] = [convert.true ?? [], convert.false ?? []];
  if (mixed || yes === undefined || no === undefined || more !== undefined || others !== undefined) {
    return refuse("the column has several values for true or false");
  }
  return { yes, no };
}

/** Whether true and false were texts. */
export const hasWords = ({ kind, column }: Typed): boolean =>
  kind === "boolean" && column?.type.convert.true !== undefined;

function uuidText(sql: string, form: Form | null): string {
  if (form === "upper") return `upper(${sql}::text)`;
  if (form === "plain32") return `replace(${sql}::text, '-', '')`;
  return form === "lower" ? `${sql}::text` : refuse("it needs the text of UUIDs of several forms");
}

const factors = { seconds: "", millis: " * 1000", micros: " * 1000000" };
/** For strftime(). */
const formats: Partial<Record<Form, string>> = {
  date: "%F",
  space: "%F %T",
  space3: "%F %H:%M:%f",
  t: "%FT%T",
  t3z: "%FT%H:%M:%fZ",
  time: "%T",
  minutes: "%R",
};

function plainMoment(sql: string, { type, form, mixed, immutable }: ScopeColumn): Typed {
  const { convert } = type;
  if (convert.integer && form === null && !mixed) {
    // Of a timestamptz extract() is not immutable.
    const at = immutable && convert.as === "instant" ? `${sql} AT TIME ZONE 'UTC'` : sql;
    return { sql: `(extract(epoch FROM ${at})${factors[convert.integer]})::bigint`, kind: "integer" };
  }
  const format = form && formats[form];
  if (!format || convert.integer || convert.real)
    refuse("it needs the text of moments that are written in several ways");
  const utc = convert.as === "instant" ? `(${sql} AT TIME ZONE 'UTC')` : sql;
  return { sql: strftime(format, utc, immutable ?? false).text, kind: "text", instant: utc, form };
}

/** As text, by SQLite's rules. */
export function asText(typed: Typed): string {
  const value = plain(typed);
  if (value.kind === "text") return ownText(value);
  if (value.kind === "null") return "NULL::text";
  if (value.literal?.class === "integer") return quoteLiteral(String(value.literal.value));
  if (value.kind === "integer") return `${value.sql}::text`;
  if (value.kind === "real" && value.column?.mixed) return refuse("it needs SQLite's text of integers and floats");
  if (value.kind === "real" && (value.short || value.literal)) return realText(value);
  if (value.kind === "decimal" && value.column && !value.longReals) return decimalText(value.sql, value.column);
  return refuse(`it needs SQLite's text of a ${value.kind}`);
}

/** The shortest digits that give a float back, with a point: 1 is 1.0, and -0 is 0.0. Beyond 13 digits SQLite prints other ones. */
function realText({ sql, literal }: Typed): string {
  if (literal?.class === "real") return quoteLiteral(shortest(literal.value));
  return withPoint(`regexp_replace((${sql} + 0)::text, '^(-?[0-9])e', '\\1.0e')`);
}

const withPoint = (text: string): string => `regexp_replace(${text}, '^(-?[0-9]+)$', '\\1.0')`;

/** SQLite keeps a decimal without a fraction as an integer, but in a column of floats. */
function decimalText(sql: string, { affinity }: ScopeColumn): string {
  const text = `trim_scale(${sql})::text`;
  if (affinity === "numeric" || affinity === "integer") return text;
  return affinity === "real" ? withPoint(text) : refuse("it needs SQLite's text of a decimal");
}

/** A text's bytes. convert_to() is not immutable; in the escape format, all but the backslash is what it is. */
export const utf8 = (sql: string, immutable: boolean): string =>
  immutable ? `decode(replace(${sql}, '\\', '\\\\'), 'escape')` : `convert_to(${sql}, 'UTF8')`;

/**
 * ASCII letters in one case. Of a constant here and now: in a generated column PostgreSQL 15 cannot ("could not determine which
 * collation to use").
 */
export function inCase(name: "lower" | "upper", typed: Typed): string {
  if (typed.literal && typed.literal.class !== "text") return asText(typed);
  if (!typed.literal) return `${name}(${asText(typed)} COLLATE "C")`;
  const fold = (letter: string) => (name === "lower" ? letter.toLowerCase() : letter.toUpperCase());
  return quoteLiteral(typed.literal.value.replaceAll(/[A-Za-z]/g, fold));
}

function ownText({ sql, column, longReals }: Typed): string {
  if (longReals) refuse("it needs SQLite's text of floats, whose last digits PostgreSQL writes otherwise");
  if (column?.type.type === "bpchar") return wholeText(sql);
  return column?.type.type === "citext" ? `${sql}::text` : sql;
}

/** The text of a bpchar with the spaces at its end, which a cast would lose. */
export const wholeText = (sql: string): string => `textin(bpcharout(${sql}))`;

/** As a number of whatever kind; a boolean as 0 or 1. */
export function asNumber(typed: Typed): Typed {
  if (isNumber(typed)) return typed;
  if (typed.digits) return { sql: typed.digits, kind: "integer" };
  if (typed.kind === "any") return anyNumber(typed);
  if (typed.kind === "null") return { sql: "NULL::bigint", kind: "integer" };
  const value = plain(typed);
  if (isNumber(value)) return value;
  if (value.kind === "text" && value.column?.integers) return { sql: `${value.sql}::bigint`, kind: "integer" };
  const literal = value.literal && applyAffinity(value.literal, "numeric");
  if (literal?.class === "integer" || literal?.class === "real") return literalTyped(literal);
  return refuse(`it computes with a ${value.kind}`);
}

/** A number out of JSON; true and false are 1 and 0, as SQLite gives them. */
function anyNumber({ sql, jsonb }: Typed): Typed {
  return {
    sql: `(CASE jsonb_typeof(${jsonb}) WHEN 'number' THEN ${sql}::numeric WHEN 'boolean' THEN ${sql}::boolean::int END)`,
    kind: "decimal",
  };
}

/** As an integer. */
export function asInteger(typed: Typed): string {
  const number = asNumber(typed);
  return number.kind === "integer" ? number.sql : refuse(`it needs an integer, and has a ${number.kind}`);
}

/** As a condition: a number is true where it is not 0. */
export function asCondition(typed: Typed): string {
  if (hasWords(typed)) refuse("SQLite takes its words for true and false as numbers here");
  if (typed.kind === "boolean") return typed.sql;
  if (typed.literal?.class === "integer") return typed.literal.value === 0n ? "false" : "true";
  if (typed.kind === "null") return "NULL::boolean";
  return `(${asNumber(typed).sql} <> 0)`;
}

/** A literal as an operand. */
export function literalTyped(literal: Value): Typed {
  switch (literal.class) {
    case "null":
      return { sql: "NULL", kind: "null", literal };
    case "integer":
      return {
        sql: String(literal.value < 0n ? `(${literal.value})` : literal.value),
        kind: "integer",
        literal,
        positive: literal.value >= 0n,
      };
    case "real":
      return {
        sql: constant(literal, { type: "double precision", convert: { as: "real" } }) ?? "NULL",
        kind: "real",
        literal,
      };
    case "text":
      return literal.value.includes("\0")
        ? refuse("a string with a NUL byte")
        : { sql: quoteLiteral(literal.value), kind: "text", literal };
    case "blob":
      return { sql: constant(literal, { type: "bytea", convert: { as: "bytes" } }) ?? "NULL", kind: "bytes", literal };
  }
}

/** An expression as a value of a column, as an INSERT into it would store it. */
export function asColumn(typed: Typed, column: Pick<ScopeColumn, "type" | "affinity">): string {
  const { type, convert } = column.type;
  if (typed.literal) {
    const sql = constant(applyAffinity(typed.literal, column.affinity ?? "blob"), column.type);
    return sql ?? refuse(`${typed.sql} is no value of ${type}`);
  }
  if (typed.kind === "null") return "NULL";
  const sql = convertTo(typed, convert.as, column);
  return sql ?? refuse(`a ${typed.kind} is no value of ${type}`);
}

/** A column of such an affinity keeps a text that looks like a number as a number. */
const makesNumbers = (affinity: Affinity | null) => affinity !== null && affinity !== "text" && affinity !== "blob";

function convertTo(
  typed: Typed,
  as: Kind,
  { type: { type, convert }, affinity }: Pick<ScopeColumn, "type" | "affinity">,
): string | null {
  const { sql, kind } = typed;
  const same = kind === as && typed.column?.type.type === type;
  switch (as) {
    case "integer":
      if (kind === "text" && !typed.digits && !typed.column?.integers) return null;
      return asNumber(typed).kind === "integer"
        ? asNumber(typed).sql
        : kind === "any"
          ? `${asNumber(typed).sql}::bigint`
          : null;
    case "real":
      return kind === "text"
        ? null
        : asNumber(typed).kind === "real"
          ? sql
          : `${asNumber(typed).sql}::double precision`;
    case "decimal":
      return kind === "text" ? null : asNumber(typed).kind === "real" ? `${sql}::numeric` : asNumber(typed).sql;
    case "boolean":
      return kind === "boolean"
        ? sql
        : kind === "integer"
          ? `(${sql} <> 0)`
          : kind === "any"
            ? asCondition(typed)
            : null;
    case "text":
      if (same) return sql;
      if (convert.numbers && kind === "text" && makesNumbers(affinity)) return null;
      return type === "citext" || type === "bpchar" ? `(${asText(typed)})::${type}` : asText(typed);
    case "json":
      if (kind === "json") return sql;
      if (kind === "any") return `${typed.jsonb}::${type}`;
      return kind === "text" ? `${sql}::${type}` : null;
    case "uuid":
      return kind === "uuid" ? sql : kind === "text" ? `${sql}::uuid` : null;
    case "bytes":
      return kind === "bytes" ? sql : null;
    default:
      return toMoment(typed, as, convert.integer);
  }
}

const perSecond = { seconds: "", millis: " / 1000.0", micros: " / 1000000.0" };

function toMoment(typed: Typed, as: Kind, unit: "seconds" | "millis" | "micros" | undefined): string | null {
  if (typed.kind === as) return typed.sql;
  const number = unit && (typed.kind === "integer" || typed.digits) ? (typed.digits ?? typed.sql) : undefined;
  const instant = typed.instant ?? (unit && number ? `to_timestamp(${number}${perSecond[unit]})` : undefined);
  if (instant === undefined) return null;
  if (as === "instant") return instant;
  if (as === "local") return `(${instant} AT TIME ZONE 'UTC')`;
  if (as === "date") return `(${instant} AT TIME ZONE 'UTC')::date`;
  return as === "time" ? `(${instant} AT TIME ZONE 'UTC')::time` : null;
}

/** The kind that both sides can be read as; null where there is none. */
export function commonKind(kinds: Kind[]): Kind | null {
  const set = new Set(kinds.filter((kind) => kind !== "null"));
  if (set.size === 0) return "null";
  if (set.size === 1) return [...set][0] ?? null;
  const all = (...allowed: Kind[]) => [...set].every((kind) => allowed.includes(kind));
  if (all("boolean", "integer")) return "integer";
  if (all("integer", "decimal", "boolean")) return "decimal";
  if (all("integer", "decimal", "real", "boolean")) return "real";
  return all("text", "integer", "boolean", "any", "uuid", "real", "decimal") ? "text" : null;
}

/** An expression as one of a kind, for CASE and UNION, whose branches must agree. */
export function asKind(typed: Typed, kind: Kind): string {
  if (typed.kind === kind) return typed.column && collatingType(typed.column) ? ownText(typed) : typed.sql;
  if (typed.kind === "null") return `NULL::${sqlTypes[kind] ?? "text"}`;
  if (kind === "boolean" && typed.literal?.class === "integer") return asCondition(typed);
  if (kind === "integer") return asInteger(typed);
  if (kind === "decimal") return asNumber(typed).sql;
  if (kind === "real") return `${asNumber(typed).sql}::double precision`;
  return kind === "text" ? asText(typed) : refuse(`one branch is a ${typed.kind} and another a ${kind}`);
}

export const sqlTypes: Partial<Record<Kind, string>> = {
  boolean: "boolean",
  integer: "bigint",
  real: "double precision",
  decimal: "numeric",
  text: "text",
  bytes: "bytea",
  json: "jsonb",
  uuid: "uuid",
  instant: "timestamptz",
  local: "timestamp",
  date: "date",
  time: "time",
};
