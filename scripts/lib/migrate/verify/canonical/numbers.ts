import type { Conversion } from "../../model/plan.ts";
import { decimalText, fitsNumeric, parseDecimal } from "./decimal.ts";
import { Bits64 } from "./hex.ts";
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
  const bits = new Bits64();
  return (value) => {
    if (value === null) return null;
    if (typeof value === "number") return bits.ofFloat(value);
    if (typeof value === "bigint" && value <= largest && value >= -largest) return bits.ofFloat(Number(value));
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
    if (typeof value === "number" && isPlain(value, text, modifiers)) return text;
    return general(text, modifiers);
  };
}

/** Whether a float's usual text, without an exponent, is its form: no digit too many on either side of the point. */
function isPlain(value: number, text: string, [precision, scale = 0]: number[]): boolean {
  const size = Math.abs(value);
  if (!(size === 0 || (size >= 1e-6 && size < 1e21))) return false;
  if (precision === undefined) return true;
  const point = text.indexOf(".");
  return size < 10 ** Math.min(precision - scale, 21) && (point < 0 || text.length - point - 1 <= scale);
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
