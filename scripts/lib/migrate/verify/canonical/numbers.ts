import type { Conversion } from "../../model/plan.ts";
import { decimalText, fitsNumeric, parseDecimal } from "./decimal.ts";
import { floatHex } from "./hex.ts";
import { type Canonicalize, type ColumnType, unfit } from "./value.ts";

const widths: Record<string, bigint> = { smallint: 15n, integer: 31n, bigint: 63n };

export function integer(_: Conversion, type: ColumnType): Canonicalize {
  const limit = 1n << (widths[type.base] ?? 63n);
  return (value) => {
    if (value === null) return null;
    if (typeof value !== "bigint" || value >= limit || value < -limit) return unfit;
    return value.toString();
  };
}

export function real(): Canonicalize {
  const largest = 1n << 53n;
  return (value) => {
    if (value === null) return null;
    if (typeof value === "number") return floatHex(value);
    if (typeof value === "bigint" && value <= largest && value >= -largest) return floatHex(Number(value));
    return unfit;
  };
}

export function decimal(_: Conversion, type: ColumnType): Canonicalize {
  const { modifiers } = type;
  return (value) => {
    if (value === null) return null;
    if (typeof value === "number" && !Number.isFinite(value)) {
      return modifiers.length === 0 ? String(value) : unfit;
    }
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string") return unfit;
    // The shortest form of a number of JavaScript's is the one that gives the same float back.
    const text = String(value);
    return plain(text, modifiers) ?? general(text, modifiers);
  };
}

/** The usual literal, which is its own form: digits, few enough, with a point and no zero at the end or without one. */
function plain(text: string, [precision, scale = 0]: number[]): string | undefined {
  const match = /^-?(?:0|([1-9]\d*))(?:\.(\d*[1-9]))?$/.exec(text);
  if (!match || text === "-0") return undefined;
  const [, whole = "", fraction = ""] = match;
  if (precision === undefined) return text.length < 1000 ? text : undefined;
  return whole.length <= precision - scale && fraction.length <= scale ? text : undefined;
}

function general(text: string, modifiers: number[]): string | typeof unfit {
  const read = parseDecimal(text);
  return read && fitsNumeric(read, modifiers) ? decimalText(read) : unfit;
}

export function boolean({ true: yes = [], false: no = [] }: Conversion): Canonicalize {
  return (value) => {
    if (value === null) return null;
    if (value === 1n) return "true";
    if (value === 0n) return "false";
    if (typeof value !== "string") return unfit;
    return yes.includes(value) ? "true" : no.includes(value) ? "false" : unfit;
  };
}
