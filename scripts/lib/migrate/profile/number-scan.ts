import type { IntegerProfile, RealProfile } from "../model/profile.ts";

/** 1990-01-01 and 2100-01-01 in seconds since 1970, and as Julian days. */
const [from, to] = [631_152_000, 4_102_444_800];
const [julianFrom, julianTo] = [2_447_892.5, 2_488_069.5];

/** Beyond this many digits after the point a column holds measured floats, not decimals, and the exact count says nothing. */
const deepestScale = 17;

export class IntegerScan {
  count = 0;
  /** Those of at most 2^53 as numbers, which is much quicker; the rest as bigints. */
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;
  bigLow: bigint | null = null;
  bigHigh: bigint | null = null;
  booleans = 0;
  epochSeconds = 0;
  epochMillis = 0;
  epochMicros = 0;

  add(value: bigint): void {
    const n = Number(value);
    if (n <= Number.MAX_SAFE_INTEGER && n >= Number.MIN_SAFE_INTEGER) {
      this.addNumber(n);
      return;
    }
    this.count += 1;
    this.widen(value);
  }

  /** @param n an integer that a number holds exactly */
  addNumber(n: number): void {
    this.count += 1;
    if (n < this.low) this.low = n;
    if (n > this.high) this.high = n;
    if (n === 0 || n === 1) this.booleans += 1;
    else if (n >= from) {
      if (n <= to) this.epochSeconds += 1;
      else if (n >= from * 1e3 && n <= to * 1e3) this.epochMillis += 1;
      else if (n >= from * 1e6 && n <= to * 1e6) this.epochMicros += 1;
    }
  }

  private widen(value: bigint): void {
    if (this.bigLow === null || value < this.bigLow) this.bigLow = value;
    if (this.bigHigh === null || value > this.bigHigh) this.bigHigh = value;
  }

  merge(other: IntegerScan): void {
    this.count += other.count;
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
    if (other.bigLow !== null) this.widen(other.bigLow);
    if (other.bigHigh !== null) this.widen(other.bigHigh);
    for (const key of ["booleans", "epochSeconds", "epochMillis", "epochMicros"] as const) this[key] += other[key];
  }

  profile(): IntegerProfile | null {
    if (this.count === 0) return null;
    const { count, booleans, epochSeconds, epochMillis, epochMicros } = this;
    const all = [this.bigLow, this.bigHigh].filter((value) => value !== null);
    if (this.low <= this.high) all.push(BigInt(this.low), BigInt(this.high));
    const min = all.reduce((a, b) => (a < b ? a : b));
    const max = all.reduce((a, b) => (a > b ? a : b));
    return { count, min: String(min), max: String(max), booleans, epochSeconds, epochMillis, epochMicros };
  }
}

export class RealScan {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  whole = 0;
  infinite = 0;
  scale = 0;
  julian = 0;
  epochSeconds = 0;
  /** 10 to the power of `scale`. */
  power = 1;

  add(value: number): void {
    this.count += 1;
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      this.infinite += 1;
      return;
    }
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value >= julianFrom && value <= julianTo) this.julian += 1;
    else if (value >= from && value <= to) this.epochSeconds += 1;
    if (Number.isInteger(value)) this.whole += 1;
    else if (this.scale < deepestScale) this.deepen(value);
  }

  /** A value that is k / 10^scale, both exact, has at most `scale` digits: no need to print it. */
  private deepen(value: number): void {
    const scaled = Math.round(value * this.power);
    if (scaled <= Number.MAX_SAFE_INTEGER && scaled >= -Number.MAX_SAFE_INTEGER && scaled / this.power === value)
      return;
    this.scale = Math.max(this.scale, Math.min(decimalsOf(value), deepestScale));
    this.power = 10 ** this.scale;
  }

  merge(other: RealScan): void {
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.scale = Math.max(this.scale, other.scale);
    this.power = 10 ** this.scale;
    for (const key of ["count", "whole", "infinite", "julian", "epochSeconds"] as const) this[key] += other[key];
  }

  profile(): RealProfile | null {
    if (this.count === 0) return null;
    const { count, whole, infinite, scale, julian, epochSeconds } = this;
    const finite = this.min <= this.max;
    const [min, max] = finite ? [this.min, this.max] : [null, null];
    const integerDigits = Math.max(wholeDigits(this.min), wholeDigits(this.max));
    return { count, min, max, whole, infinite, scale, integerDigits: finite ? integerDigits : 0, julian, epochSeconds };
  }
}

/** Digits after the point of the shortest decimal form that gives the same float back. */
export function decimalsOf(value: number): number {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const decimals = mantissa.length - 1 - mantissa.indexOf(".");
  return Math.max(0, (mantissa.includes(".") ? decimals : 0) - Number(exponent));
}

/** Digits before the point in that form; at least 1. */
export function wholeDigits(value: number): number {
  const [mantissa = "", exponent = "0"] = String(Math.abs(value)).split("e");
  const digits = (mantissa.split(".")[0] ?? "").length;
  return Math.max(1, digits + Number(exponent));
}
