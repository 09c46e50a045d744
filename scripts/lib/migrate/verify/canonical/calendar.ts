import { parseDecimal, scaleOf } from "./decimal.ts";
import type { Bits64 } from "./hex.ts";

/** A moment: days since 2000-01-01 and microseconds into that day. Both whole, the second from 0 to below a day. */
export interface Moment {
  days: number;
  micros: number;
}

const microsOfDay = 86_400_000_000;
/** 1970-01-01, in days since 2000-01-01. */
const unixEpoch = -10_957;
/** What a date and a timestamp of PostgreSQL hold, in days since 2000-01-01: 4713 BC to 5874897, to 294276. */
const range = { first: -2_451_545, lastDate: 2_145_031_948, lastTimestamp: 106_751_982 };

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|z|[ ]?[+-]\d\d(?::?\d\d)?)?)?$/;
const clock = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/;

/** Days since 2000-01-01 of a date of the Gregorian calendar; undefined where there is no such day. */
function daysOf(year: number, month: number, day: number): number | undefined {
  // NaN is not in any range.
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return undefined;
  if (day > 28 && day > lastDay(year, month)) return undefined;
  // Years from March, so that the leap day is a year's last.
  const y = month <= 2 ? year - 1 : year;
  const century = (y / 100) | 0;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  return y * 365 + (y >> 2) - century + (century >> 2) + dayOfYear - 730_425;
}

function lastDay(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Microseconds of a time of day; 24:00:00 is the end of the day, a 60th second is none. */
function microsOf(hour: string, minute: string, second = "0", fraction = ""): number | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const parts = fraction.replace(/0+$/, "");
  if (h > 24 || m > 59 || s > 59 || parts.length > 6) return undefined;
  const micros = (h * 3600 + m * 60 + s) * 1_000_000 + Number(parts.padEnd(6, "0"));
  return micros > microsOfDay ? undefined : micros;
}

/** Reads an ISO date with or without a time; what it gives holds until the next call. `zoned` is whether it names a zone; without one it is taken as UTC. */
export function parseIso(text: string): (Moment & { zoned: boolean; timed: boolean }) | undefined {
  const read = parseUsual(text);
  if (read) return read;
  const match = iso.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const days = daysOf(Number(year), Number(month), Number(day));
  if (days === undefined) return undefined;
  if (hour === undefined || minute === undefined) return { days, micros: 0, zoned: false, timed: false };
  const micros = microsOf(hour, minute, second, fraction);
  if (micros === undefined) return undefined;
  const offset = zone === undefined ? 0 : offsetOf(zone.trim());
  if (offset === undefined) return undefined;
  return { ...carry(days, micros - offset), zoned: zone !== undefined, timed: true };
}

/** What `parseUsual` gives, again and again: millions of objects would be made for nothing. */
class Usual implements Moment {
  days = 0;
  micros = 0;
  zoned = false;
  timed = false;

  set(days: number, micros: number, zoned: boolean, timed: boolean): this {
    this.days = days;
    this.micros = micros;
    this.zoned = zoned;
    this.timed = timed;
    return this;
  }
}
const usual = new Usual();

/**
 * YYYY-MM-DD, alone or with HH:MM:SS behind a space or a T, up to six decimals and a Z: what most texts are, read without a
 * pattern. Undefined for anything else.
 */
function parseUsual(text: string): Usual | undefined {
  const { length } = text;
  if (length !== 10 && length < 19) return undefined;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return undefined;
  const days = daysOf(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8));
  if (days === undefined) return undefined;
  if (length === 10) return usual.set(days, 0, false, false);
  const separator = text.charCodeAt(10);
  if (separator !== 0x20 && separator !== 0x54) return undefined;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined;
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  // NaN is neither below nor above: it goes the other way.
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  const zoned = text.charCodeAt(length - 1) === 0x5a;
  const fraction = decimals(text, zoned ? length - 1 : length);
  if (fraction < 0) return undefined;
  return usual.set(days, (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction, zoned, true);
}

/** The microseconds that stand behind the seconds, up to `end`; 0 where nothing does, -1 where it is something else. */
function decimals(text: string, end: number): number {
  if (end === 19) return 0;
  if (text.charCodeAt(19) !== 0x2e || end < 21 || end > 26) return -1;
  let value = 0;
  for (let at = 20; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  for (let at = end; at < 26; at++) value *= 10;
  return value;
}

/** Two digits as a number; NaN where they are none. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Microseconds east of Greenwich. PostgreSQL takes less than 16 hours. */
function offsetOf(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 15 || minutes > 59) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000_000;
}

const carry = (days: number, micros: number): Moment => {
  const more = Math.floor(micros / microsOfDay);
  return { days: days + more, micros: micros - more * microsOfDay };
};

/** Reads HH:MM[:SS[.f]] as microseconds. */
export function parseClock(text: string): number | undefined {
  const match = clock.exec(text);
  return match ? microsOf(match[1] ?? "", match[2] ?? "", match[3], match[4]) : undefined;
}

const unitsOfDay = { seconds: 86_400n, millis: 86_400_000n, micros: 86_400_000_000n };

/** An INTEGER since 1970, exactly. */
export function momentOfInteger(value: bigint, unit: keyof typeof unitsOfDay): Moment {
  const perDay = unitsOfDay[unit];
  const small = Number(value);
  if (Number.isSafeInteger(small)) {
    const day = Number(perDay);
    const days = Math.floor(small / day);
    return { days: days + unixEpoch, micros: (small - days * day) * (microsOfDay / day) };
  }
  const rest = ((value % perDay) + perDay) % perDay;
  return {
    days: Number((value - rest) / perDay) + unixEpoch,
    micros: Number(rest * (unitsOfDay.micros / perDay)),
  };
}

/** A REAL of seconds since 1970, by its shortest decimal form; undefined where that has more than six decimals. */
export function momentOfSeconds(value: number): Moment | undefined {
  const decimal = Number.isFinite(value) ? parseDecimal(String(value)) : undefined;
  if (!decimal || scaleOf(decimal) > 6 || decimal.exponent > 15) return undefined;
  const shifted = decimal.digits.padEnd(Math.max(0, decimal.exponent + 6), "0");
  const micros = BigInt(shifted || "0");
  return momentOfInteger(decimal.negative ? -micros : micros, "micros");
}

/** A REAL Julian day as SQLite's own functions read it: to the millisecond. Undefined where it is not exactly one. */
export function momentOfJulian(value: number): Moment | undefined {
  if (!(value >= 0 && value < 5_373_484.5)) return undefined;
  const millis = Math.floor(value * 86_400_000 + 0.5);
  if (millis / 86_400_000 !== value) return undefined;
  return momentOfInteger(BigInt(millis) - 210_866_760_000_000n, "millis");
}

export const fitsTimestamp = ({ days }: Moment) => days >= range.first && days <= range.lastTimestamp;
export const fitsDate = (days: number) => days >= range.first && days <= range.lastDate;

/** Whether n digits after the seconds' point are enough. */
export const fitsPrecision = (micros: number, n = 6) => micros % 10 ** (6 - n) === 0;

/** As timestamp_send and timestamptz_send give it: int64 microseconds since 2000-01-01. */
export function momentBits({ days, micros }: Moment, bits: Bits64): Bits64 {
  // Below 10^5 days a number of JavaScript's is exact.
  if (days > -100_000 && days < 100_000) return bits.ofInteger(days * microsOfDay + micros);
  return bits.ofBigInt(BigInt(days) * BigInt(microsOfDay) + BigInt(micros));
}
