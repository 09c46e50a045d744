import { createHash } from "node:crypto";
import type { Conversion } from "../../model/plan.ts";
import { hexOf } from "./hex.ts";
import { Jsonb } from "./json.ts";
import { Utf8 } from "./utf8.ts";
import { type Canonical, type Canonicalize, type ColumnType, RawText, type SourceValue, unfit } from "./value.ts";

/** What SQLite itself would read as a number: white space around it is allowed. */
const numeric = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*$/;

export function text(convert: Conversion, type: ColumnType): Canonicalize {
  const [length] = type.base === "varchar" || type.base === "bpchar" ? type.modifiers : [];
  return (value) => {
    if (value === null) return null;
    const read = readText(value, convert);
    if (typeof read !== "string") return read;
    if (convert.numbers && typeof value === "string" && numeric.test(value)) return unfit;
    return length !== undefined && read.length > length && [...read].length > length ? unfit : read;
  };
}

function readText(value: SourceValue, convert: Conversion): Canonical | typeof unfit {
  if (typeof value === "string") {
    if (!value.includes("\0")) return value;
    return convert.nul === "strip" ? value.replaceAll("\0", "") : unfit;
  }
  if (value instanceof RawText) {
    if (value.replaced === undefined) return value.bytes.includes(0) ? unfit : value.bytes;
    return convert.invalid === "replace" ? readText(value.replaced, convert) : unfit;
  }
  if (!convert.numbers) return unfit;
  if (typeof value === "bigint") return value.toString();
  return typeof value === "number" ? floatText(value) : unfit;
}

/** The shortest form that gives the same float back; always with a point or an exponent, so that it is no integer's. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const shortest = String(value);
  return /^-?\d+$/.test(shortest) ? `${shortest}.0` : shortest;
}

/** Longest value that is written out in hex; longer ones are given by their SHA-256, which keeps 1 GB within limits. */
export const longestHex = 256;

export function bytes({ texts }: Conversion): Canonicalize {
  const out = new Utf8(2 * longestHex);
  return (value) => {
    if (value === null) return null;
    if (value instanceof Uint8Array) return bytesText(value, out);
    if (!texts) return unfit;
    if (typeof value === "string") return bytesText(Buffer.from(value, "utf8"), out);
    return value instanceof RawText ? bytesText(value.bytes, out) : unfit;
  };
}

function bytesText(value: Uint8Array, out: Utf8): Canonical {
  const { length } = value;
  if (length > longestHex) return `${length}:${createHash("sha256").update(value).digest("hex")}`;
  return hexOf(value, out);
}

export function json(_: Conversion, type: ColumnType): Canonicalize {
  const jsonb = new Jsonb();
  const read = type.base === "jsonb" ? (text: string) => jsonb.of(text) : plainJson;
  return (value) => {
    if (value === null) return null;
    if (typeof value !== "string") return unfit;
    return read(value) ?? unfit;
  };
}

/** The type json keeps its text as it is. */
function plainJson(value: string): string | undefined {
  try {
    JSON.parse(value);
    return value;
  } catch {
    return undefined;
  }
}

export function uuid(): Canonicalize {
  const out = new Utf8(36);
  return (value) => {
    if (value === null) return null;
    if (value instanceof Uint8Array) {
      return value.length === 16 ? hyphenated(Buffer.from(value).toString("hex"), out) : unfit;
    }
    if (typeof value !== "string" || !/^[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}$/i.test(value)) return unfit;
    return hyphenated(value, out);
  };
}

/** @param hex 32 digits in either case, with hyphens wherever */
function hyphenated(hex: string, out: Utf8): Utf8 {
  const { bytes } = out;
  let to = 0;
  for (let at = 0; at < hex.length; at++) {
    const code = hex.charCodeAt(at);
    if (code === 0x2d) continue;
    if (to === 8 || to === 13 || to === 18 || to === 23) bytes[to++] = 0x2d;
    // Of these letters only capitals have no bit 0x20.
    bytes[to++] = code | 0x20;
  }
  out.length = to;
  return out;
}
