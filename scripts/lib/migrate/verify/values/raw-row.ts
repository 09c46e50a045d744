import type { RawValue } from "../../model/results.ts";
import { Bits64 } from "../canonical/hex.ts";
import { RawText, type SourceValue } from "../canonical/value.ts";

/**
 * A value as it is, storage class included, in one unambiguous text: what a row in quarantine is compared by. Texts are in
 * hex where they hold NUL or are not valid, since JSON and PostgreSQL cannot hold those.
 */
export function rawForm(value: SourceValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return `integer ${value}`;
  if (typeof value === "number") return `real ${new Bits64().ofFloat(value)}`;
  if (typeof value === "string") {
    return value.includes("\0") ? `text x${Buffer.from(value, "utf8").toString("hex")}` : `text ${value}`;
  }
  return value instanceof RawText ? `text x${hex(value.bytes)}` : `blob ${hex(value)}`;
}

/** The same of a value in quarantine; undefined where it is no value. */
export function rawFormOf(value: RawValue | undefined): string | undefined {
  switch (value?.class) {
    case "null":
      return "null";
    case "integer":
      return `integer ${value.value}`;
    case "real":
      return `real ${value.hex}`;
    case "text":
      return value.value === null ? `text x${value.hex}` : `text ${value.value}`;
    case "blob":
      return `blob ${value.hex}`;
    default:
      return undefined;
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");

const longest = 200;

/** A value for people: quoted where it is a text, with its storage class where that may be in doubt. Never long. */
export function showValue(value: SourceValue): string {
  if (value === null) return "NULL";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number")
    return Object.is(value, -0) ? "-0.0" : Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (typeof value === "string") return cut(JSON.stringify(value.slice(0, longest)), value.length);
  const bytes = value instanceof RawText ? value.bytes : value;
  const start = cut(`x'${hex(bytes.subarray(0, longest / 2))}'`, bytes.length * 2);
  return value instanceof RawText ? `text of the bytes ${start}` : start;
}

const cut = (text: string, whole: number) => (whole > longest ? `${text}… (${whole} in all)` : text);
