import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import { type Encode, notTaken } from "./encoder.ts";
import type { ColumnType } from "./type.ts";

const literal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;
const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
/** A decimal of at most 15 digits is the only one of that length that its double stands for. */
const surelyShortest = 1e15;
const positiveInfinity = 0xd000;
const negativeInfinity = 0xf000;
/** Most digits of a plain numeric before and after the point. */
const most = { whole: 131_072, fraction: 16_383 };

/**
 * numeric and numeric(p,s): INTEGER, REAL by its shortest form that gives the same float back, TEXT that is a decimal literal.
 * Nothing is rounded; zeros at the end of a fraction are no digits.
 */
export function decimal({ modifiers: [precision, scale = 0], text }: ColumnType): Encode {
  const bounded = precision !== undefined;
  // 10^s and 10^p where a double counts that far; Infinity sends everything down the slow road.
  const unit = bounded && scale >= 0 && scale <= 9 ? (powers[scale] ?? 0) : 0;
  const limit = bounded ? (powers[precision] ?? surelyShortest) : surelyShortest;
  const tooMany = (value: unknown) => `${value} has more digits than ${text} keeps`;

  const slow = (value: string, frame: CopyFrame): string | null => {
    const match = literal.exec(value);
    if (!match || (match[2] === "" && !match[3])) return `${JSON.stringify(value.slice(0, 60))} is no decimal number`;
    const [, sign, whole = "", fraction = "", power = "0"] = match;
    const all = whole + fraction;
    const digits = all.replace(/^0+/, "");
    // Digits before the point once the exponent is counted in.
    const point = whole.length + Number(power) - (all.length - digits.length);
    const kept = digits.replace(/0+$/, "");
    const fractionDigits = Math.max(0, kept.length - point);
    if (kept !== "") {
      if (bounded && (fractionDigits > scale || point > precision - scale)) return tooMany(value);
      if (bounded && scale < 0 && kept.length - point > scale) return tooMany(value);
      if (fractionDigits > most.fraction || point > most.whole) return tooMany(value);
    }
    // Zeros that the literal has are its scale, as PostgreSQL's own input keeps them.
    const written = Math.min(most.fraction, Math.max(0, fraction.length - Number(power), fractionDigits));
    return writeDigits(sign === "-", kept, point, bounded ? Math.max(0, scale) : written, frame);
  };

  return (value, frame) => {
    if (typeof value === "number") {
      if (bounded) {
        const count = Math.round(value * unit);
        if (unit > 0 && count / unit === value && Math.abs(count) < limit && Math.abs(count) < surelyShortest) {
          return writeScaled(count, scale, frame);
        }
      } else {
        for (let places = 0; places <= 4; places++) {
          const power = powers[places] as number;
          const count = Math.round(value * power);
          if (count / power === value && Math.abs(count) < surelyShortest) return writeScaled(count, places, frame);
        }
      }
      if (Number.isFinite(value)) return slow(String(value), frame);
      if (bounded) return `${value} does not fit ${text}`;
      return writeHeader(frame, 0, 0, value > 0 ? positiveInfinity : negativeInfinity, 0);
    }
    if (typeof value === "bigint") {
      const count = Number(value);
      if (!bounded && Math.abs(count) < surelyShortest) return writeScaled(count, 0, frame);
      return slow(value.toString(), frame);
    }
    return typeof value === "string" ? slow(value, frame) : notTaken(value, text);
  };
}

function writeHeader(frame: CopyFrame, groups: number, weight: number, sign: number, scale: number): null {
  const { view, position } = frame;
  view.setInt32(position, 8 + groups * 2);
  view.setInt16(position + 4, groups);
  view.setInt16(position + 6, weight);
  view.setUint16(position + 8, sign);
  view.setInt16(position + 10, scale);
  frame.position = position + 12 + groups * 2;
  return null;
}

const groupScratch = new Int32Array(8);

/** `count` × 10^-scale. @param count whole, of less than 10^15 */
function writeScaled(count: number, scale: number, frame: CopyFrame): null {
  const negative = count < 0;
  let rest = Math.abs(count);
  let groups = 0;
  // The lowest group of four decimal digits may hold fewer places than four.
  const odd = scale % 4;
  if (odd > 0) {
    const power = powers[odd] as number;
    const low = rest % power;
    rest = (rest - low) / power;
    groupScratch[groups++] = low * (powers[4 - odd] as number);
  }
  while (rest > 0 || groups < Math.ceil(scale / 4)) {
    const high = Math.floor(rest / 10_000);
    groupScratch[groups++] = rest - high * 10_000;
    rest = high;
  }
  const start = frame.position + 12;
  writeHeader(frame, groups, groups - Math.ceil(scale / 4) - 1, negative ? 0x4000 : 0, scale);
  for (let i = 0; i < groups; i++) frame.view.setInt16(start + i * 2, groupScratch[groups - 1 - i] as number);
  return null;
}

/** @param point digits before the point, negative where the fraction begins with zeros */
function writeDigits(negative: boolean, digits: string, point: number, scale: number, frame: CopyFrame): null {
  if (digits === "") return writeHeader(frame, 0, 0, 0, scale);
  const weight = Math.ceil(point / 4) - 1;
  const lead = (weight + 1) * 4 - point;
  const padded = "0".repeat(lead) + digits;
  const groups = Math.ceil(padded.length / 4);
  const start = frame.position + 12;
  writeHeader(frame, groups, weight, negative ? 0x4000 : 0, scale);
  for (let i = 0; i < groups; i++) {
    frame.view.setInt16(start + i * 2, Number(padded.slice(i * 4, i * 4 + 4).padEnd(4, "0")));
  }
  return null;
}
