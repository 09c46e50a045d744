import { quoteLiteral } from "../../db/postgres/identifiers.ts";
import type { Conversion } from "../model/plan.ts";
import { realText, type Value } from "./literal.ts";

/** A column's type and conversion: how a value of SQLite becomes one of PostgreSQL. */
export interface ColumnType {
  type: string;
  convert: Conversion;
}

/**
 * A value of SQLite as a constant of a column's type, read by the same rules as the column's values.
 * @returns null where it does not fit
 */
export function constant(value: Value, { type, convert }: ColumnType): string | null {
  if (value.class === "null") return "NULL";
  switch (convert.as) {
    case "integer":
      return value.class === "integer" && inRange(value.value, type) ? integer(value.value) : null;
    case "real":
      return value.class === "integer" || value.class === "real" ? real(Number(value.value)) : null;
    case "decimal":
      return decimal(value, type);
    case "boolean":
      return boolean(value, convert);
    case "text":
      return text(value, type, convert);
    case "bytes":
      if (value.class === "blob") return bytes(value.value);
      return value.class === "text" && convert.texts ? bytes(Buffer.from(value.value)) : null;
    case "json":
      return value.class === "text" && isJson(value.value) ? `${quoteLiteral(value.value)}::${type}` : null;
    case "uuid":
      return value.class === "text" && isUuid(value.value) ? `${quoteLiteral(value.value)}::uuid` : null;
    default:
      return moment(value, type, convert);
  }
}

export const integer = (value: bigint): string => (value < 0n ? `(${value})` : String(value));

export function real(value: number): string {
  if (!Number.isFinite(value)) return `'${value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN"}'::double precision`;
  return `'${realText(value)}'::double precision`;
}

export const bytes = (value: Uint8Array): string => `'\\x${Buffer.from(value).toString("hex")}'::bytea`;

function inRange(value: bigint, type: string): boolean {
  const bits = type === "smallint" ? 15n : type === "integer" ? 31n : 63n;
  return value >= -(2n ** bits) && value < 2n ** bits;
}

function decimal(value: Value, type: string): string | null {
  const digits =
    value.class === "integer"
      ? String(value.value)
      : value.class === "real"
        ? realText(value.value)
        : value.class === "text"
          ? value.value.trim()
          : "";
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(digits);
  if (!match) return null;
  const [precision, scale] = (/\((\d+),(\d+)\)/.exec(type) ?? []).slice(1).map(Number);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (scale !== undefined && fraction.length > scale) return null;
  const whole = (match[2] ?? "").replace(/^0+(?=\d)/, "");
  if (precision !== undefined && scale !== undefined && whole.length > precision - scale && whole !== "0") return null;
  const sign = match[1] === "-" ? "-" : "";
  const number = `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  return sign === "" ? number : `(${number})`;
}

function boolean(value: Value, convert: Conversion): string | null {
  if (value.class === "integer") return value.value === 1n ? "true" : value.value === 0n ? "false" : null;
  if (value.class !== "text") return null;
  if (convert.true?.includes(value.value)) return "true";
  return convert.false?.includes(value.value) ? "false" : null;
}

function text(value: Value, type: string, convert: Conversion): string | null {
  const number =
    value.class === "integer" ? String(value.value) : value.class === "real" ? realText(value.value) : null;
  const string = value.class === "text" ? value.value : convert.numbers ? number : null;
  if (string === null || string.includes("\0")) return null;
  const limit = /^varchar\((\d+)\)$/.exec(type)?.[1];
  if (limit !== undefined && [...string].length > Number(limit)) return null;
  return type === "citext" || type === "bpchar" ? `${quoteLiteral(string)}::${type}` : quoteLiteral(string);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return !text.includes("\\u0000");
  } catch {
    return false;
  }
}

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{32}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);

const perSecond = { seconds: 1n, millis: 1000n, micros: 1_000_000n };
const iso = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** For instant, local, date and time. */
function moment(value: Value, type: string, convert: Conversion): string | null {
  if (value.class === "integer" && convert.integer) {
    const unit = perSecond[convert.integer];
    const millis = (value.value * 1000n) / unit;
    if ((millis * unit) / 1000n !== value.value) return null;
    const date = new Date(Number(millis));
    if (Number.isNaN(date.getTime())) return null;
    return moment({ class: "text", value: date.toISOString() }, type, { ...convert, utc: true });
  }
  if (value.class !== "text") return null;
  if (convert.as === "time")
    return /^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/.test(value.value) ? `'${value.value}'::${type}` : null;
  const [, written = "", clock, zone] = iso.exec(value.value) ?? [];
  if (Number.isNaN(Date.parse(`${written}T00:00:00Z`))) return null;
  // PostgreSQL calls the year 0 the year 1 before Christ.
  const era = written.startsWith("0000") ? " BC" : "";
  const day = era === "" ? written : `0001${written.slice(4)}`;
  if (convert.as === "date")
    return clock === undefined || /^00:00(:00(\.0+)?)?$/.test(clock) ? `'${day}${era}'::date` : null;
  const at = `${day} ${clock ?? "00:00:00"}`;
  const zoned = `'${at}${zone === undefined || zone === "Z" ? "+00" : zone}${era}'::timestamptz`;
  if (convert.as === "instant") return zoned;
  if (zone === undefined) return `'${at}${era}'::timestamp`;
  return convert.utc ? `(${zoned} AT TIME ZONE 'UTC')` : null;
}
