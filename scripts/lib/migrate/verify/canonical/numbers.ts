import type { Conversion } from "../../model/plan.ts";
import { decimalText, fitsNumeric, parseDecimal } from "./decimal.ts";
import { Bits64 } from "./hex.ts";
import { Utf8 } from "./utf8.ts";
import { type Canonicalize, type ColumnType, unfit } from "./value.ts";

const widths: Record<string, bigint> = { smallint: 15n, integer: 31n, bigint: 63n };

export function integer(_: Conversion, type: ColumnType): Canonicalize {
  const limit = 1n << (widths[type.base] ?? 63n);
  const small = Number(limit);
  const out = new Utf8();
  return (value) => {
    if (value === null) return null;
    if (typeof value !== "bigint") return unfit;
    const number = safeNumber(value);
    if (number === undefined) return value >= limit || value < -limit ? unfit : value.toString();
    return number >= small || number < -small ? unfit : out.ofDecimal(number, 0);
  };
}

const words = new Int32Array(2);
const cell = new BigInt64Array(words.buffer);

/** An INTEGER of SQLite as a number, where it is exact as one; much quicker than the operations of a bigint. */
function safeNumber(value: bigint): number | undefined {
  cell[0] = value;
  const high = words[1] as number;
  return high >= -0x20_0000 && high < 0x20_0000 ? high * 0x1_0000_0000 + ((words[0] as number) >>> 0) : undefined;
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

/** Decimals of fewer digits than this are told apart by their floats, and the shortest form of one is the decimal itself. */
const exactBelow = 1e15;
/** The scale that is tried first for a numeric that names none. */
const usualScale = 6;

export function decimal(_: Conversion, type: ColumnType): Canonicalize {
  const { modifiers } = type;
  const [precision = 15, scale = modifiers.length === 0 ? usualScale : 0] = modifiers;
  const factor = scale >= 0 && scale <= 15 ? 10 ** scale : Number.NaN;
  const limit = Math.min(10 ** precision, exactBelow);
  const out = new Utf8();
  return (value) => {
    if (value === null) return null;
    if (typeof value === "number") {
      const scaled = Math.round(value * factor);
      // NaN is neither.
      if (scaled > -limit && scaled < limit && scaled / factor === value) return out.ofDecimal(scaled, scale);
      if (!Number.isFinite(value)) return modifiers.length === 0 ? String(value) : unfit;
    } else if (typeof value === "bigint") {
      const scaled = (safeNumber(value) ?? Number.NaN) * factor;
      if (scaled > -limit && scaled < limit) return out.ofDecimal(scaled, scale);
    } else if (typeof value !== "string") return unfit;
    // The shortest form of a number of JavaScript's is the one that gives the same float back.
    return general(String(value), modifiers);
  };
}

function general(text: string, modifiers: number[]): string | typeof unfit {
  const read = parseDecimal(text);
  return read && fitsNumeric(read, modifiers) ? decimalText(read) : unfit;
}

export function boolean({ true: yes = [], false: no = [] }: Conversion): Canonicalize {
  const [isTrue, isFalse] = [new Utf8().ofText("true"), new Utf8().ofText("false")];
  return (value) => {
    if (value === null) return null;
    if (value === 1n) return isTrue;
    if (value === 0n) return isFalse;
    if (typeof value !== "string") return unfit;
    return yes.includes(value) ? isTrue : no.includes(value) ? isFalse : unfit;
  };
}
