import type { Conversion } from "../../model/plan.ts";
import { decimalText, fitsNumeric, parseDecimal } from "./decimal.ts";
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

const cell = new DataView(new ArrayBuffer(8));

/** A float's bits, as float8send gives them, in hex. */
export function floatHex(value: number): string {
  cell.setFloat64(0, value);
  return hex32(cell.getUint32(0)) + hex32(cell.getUint32(4));
}

const hex32 = (value: number) => value.toString(16).padStart(8, "0");

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
    const read = parseDecimal(String(value));
    return read && fitsNumeric(read, modifiers) ? decimalText(read) : unfit;
  };
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
