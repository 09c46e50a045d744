import { dayMicros } from "./calendar.ts";
import type { Value } from "./encoder.ts";
import { parseType } from "./type.ts";

type Form = (bytes: Buffer, value: Value) => string;

/** By type: what a value's binary form is in PostgreSQL's text input. Texts are not here: theirs is the same. */
const forms: Record<string, Form> = {
  smallint: (bytes) => bytes.readInt16BE().toString(),
  integer: (bytes) => bytes.readInt32BE().toString(),
  bigint: (bytes) => bytes.readBigInt64BE().toString(),
  real: (bytes) => floatText(bytes.readFloatBE()),
  "double precision": (bytes) => floatText(bytes.readDoubleBE()),
  // It was checked as this very literal.
  numeric: (_, value) => String(value),
  boolean: (bytes) => (bytes[0] === 1 ? "t" : "f"),
  bytea: (bytes) => `\\x${bytes.toString("hex")}`,
  uuid: (bytes) => bytes.toString("hex"),
  jsonb: (bytes) => bytes.subarray(1).toString("utf8"),
  timestamptz: (bytes) => momentText(bytes.readBigInt64BE(), "+00"),
  timestamp: (bytes) => momentText(bytes.readBigInt64BE(), ""),
  date: (bytes) => dateText(bytes.readInt32BE()),
  time: (bytes) => timeText(Number(bytes.readBigInt64BE())),
};

const likeText = new Set(["text", "varchar", "char", "bpchar", "citext", "json", "name", "xml"]);

/** Whether COPY's binary form of a type is known; if not, its table goes through COPY's text form. */
export function hasBinaryForm(typeText: string): boolean {
  const { base } = parseType(typeText);
  return likeText.has(base) || base in forms;
}

/** The text form of a type's values. For a type that is not known it is the text itself. */
export function textFormOf(typeText: string): Form {
  return forms[parseType(typeText).base] ?? ((bytes) => bytes.toString("utf8"));
}

const floatText = (value: number) => (Object.is(value, -0) ? "-0" : String(value));

function momentText(micros: bigint, zone: string): string {
  const day = BigInt(dayMicros);
  const rest = ((micros % day) + day) % day;
  const date = dateText(Number((micros - rest) / day));
  const era = date.endsWith(" BC") ? " BC" : "";
  return `${date.replace(" BC", "")} ${timeText(Number(rest))}${zone}${era}`;
}

/** @param days since 2000-01-01 */
function dateText(days: number): string {
  // The day's number in the Gregorian calendar, from 0000-03-01 on, in cycles of 400 years.
  const number = days + 730_425;
  const cycle = Math.floor(number / 146_097);
  const inCycle = number - cycle * 146_097;
  const year = Math.floor(
    (inCycle - Math.floor(inCycle / 1_460) + Math.floor(inCycle / 36_524) - Math.floor(inCycle / 146_096)) / 365,
  );
  const inYear = inCycle - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * month + 2) / 5) + 1;
  const full = year + cycle * 400 + (month >= 10 ? 1 : 0);
  const name = `${two(month >= 10 ? month - 9 : month + 3)}-${two(day)}`;
  return full >= 1 ? `${String(full).padStart(4, "0")}-${name}` : `${String(1 - full).padStart(4, "0")}-${name} BC`;
}

function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const rest = micros - seconds * 1_000_000;
  return rest === 0 ? clock : `${clock}.${String(rest).padStart(6, "0")}`;
}

const two = (number: number) => String(number).padStart(2, "0");
