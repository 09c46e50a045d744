import type { Conversion } from "../../model/plan.ts";
import { boolean, decimal, integer, real } from "./numbers.ts";
import { bytes, json, longestHex, text, uuid } from "./texts.ts";
import { date, instant, local, time } from "./times.ts";
import { type Canonicalize, type ColumnType, parseType } from "./value.ts";

/**
 * One way in which equal values of both sides look the same. `source` makes it from SQLite's value, `sql` from the target's
 * column; both give NULL for NULL and only then.
 */
export interface CanonicalForm {
  /** For docs/reference/canonical-forms.md. */
  form: string;
  why: string;
  source: (convert: Conversion, type: ColumnType) => Canonicalize;
  /** @param column a quoted name */
  sql: (column: string, type: ColumnType) => string;
}

const asText = (column: string) => `${column}::text`;
/** The cast of a bpchar would lose the spaces at its end; its output does not. */
const wholeText = (column: string, { base }: ColumnType) =>
  base === "bpchar" ? `textin(bpcharout(${column}))` : asText(column);

/** The one table of canonical forms; docs/reference/canonical-forms.md is generated from it. */
export const canonicalForms: Record<Conversion["as"], CanonicalForm> = {
  integer: { form: "decimal digits", why: "every digit counts, also beyond 2^53", source: integer, sql: asText },
  real: {
    form: "the 64 bits of the float, in hex",
    why: "JavaScript, SQLite and PostgreSQL print floats differently; bits tell -0.0 from 0.0 and one ULP from the next",
    source: real,
    sql: (column) => `encode(float8send(${column}::float8), 'hex')`,
  },
  decimal: {
    form: "decimal digits without an exponent and without zeros at the end; a REAL by the shortest form that gives it back",
    why: "1.50 and 1.5 are one number, and SQLite keeps no scale",
    source: decimal,
    sql: (column) => `trim_scale(${column}::numeric)::text`,
  },
  boolean: { form: "`true` or `false`", why: "as the plan reads 0, 1 and words", source: boolean, sql: asText },
  text: {
    form: "the text itself, byte for byte in UTF-8",
    why: "case, trailing spaces and normal forms count, whatever the collation, citext or bpchar say",
    source: text,
    sql: wholeText,
  },
  bytes: {
    form: `hex; beyond ${longestHex} bytes: length, colon, SHA-256`,
    why: "hex of 1 GB would pass the limit of a value",
    source: bytes,
    sql: (column) =>
      `CASE WHEN octet_length(${column}) <= ${longestHex} THEN encode(${column}, 'hex') ` +
      `ELSE octet_length(${column}) || ':' || encode(sha256(${column}), 'hex') END`,
  },
  json: {
    form: "jsonb: as PostgreSQL prints it (keys by length, then bytes; the last of equal keys; 2e3 is 2000, -0 is 0, 1.50 stays); json: the text itself",
    why: "jsonb keeps the meaning, json the text; numbers keep all their digits",
    source: json,
    sql: asText,
  },
  uuid: { form: "32 lower-case hex digits, hyphenated", why: "as PostgreSQL prints it", source: uuid, sql: asText },
  instant: {
    form: "microseconds since 2000-01-01 00:00 UTC as a 64-bit integer, in hex",
    why: "no setting of zone or style plays a part; a text without a zone is UTC",
    source: instant,
    sql: (column) => `encode(timestamptz_send(${column}), 'hex')`,
  },
  local: {
    form: "the same without a zone",
    why: "a text with a zone does not fit, unless the plan takes it at its moment in UTC",
    source: local,
    sql: (column) => `encode(timestamp_send(${column}), 'hex')`,
  },
  date: {
    form: "days since 2000-01-01 as a 32-bit integer, in hex",
    why: "no style plays a part",
    source: date,
    sql: (column) => `encode(date_send(${column}), 'hex')`,
  },
  time: {
    form: "microseconds since midnight as a 64-bit integer, in hex",
    why: "24:00 is not 00:00",
    source: time,
    sql: (column) => `encode(time_send(${column}), 'hex')`,
  },
};

/** What makes a column's canonical form from a value of SQLite. */
export function canonicalizer(column: { type: string; convert: Conversion }): Canonicalize {
  return canonicalForms[column.convert.as].source(column.convert, parseType(column.type));
}

/** SQL that gives a column's canonical form in the target. @param name quoted */
export function canonicalSql(name: string, column: { type: string; convert: Conversion }): string {
  return canonicalForms[column.convert.as].sql(name, parseType(column.type));
}
