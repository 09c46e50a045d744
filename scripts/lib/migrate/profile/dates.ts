import type { DateDialect } from "../model/profile.ts";

const daysIn = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Digits after the seconds' point of the date or time that `dateDialect` saw last. */
export let fraction = 0;

/**
 * The dialect that a text is written in, or null where it is no date or time that exists: no 30 February, no hour 24, no
 * leap second, no year 0. Offsets reach from -15:59 to +15:59, as PostgreSQL takes them.
 */
export function dateDialect(text: string): DateDialect | null {
  fraction = 0;
  if (text.length < 5) return null;
  if (text.charCodeAt(2) === 58) return timeEnd(text, 0) === text.length ? "time" : null;
  if (text.length < 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return null;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const zero = year === 0 && month === 0 && day === 0;
  if (!zero && !isDay(year, month, day)) return null;
  if (text.length === 10) return zero ? "zero" : "date";
  const separator = text.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return null;
  const end = timeEnd(text, 11);
  if (end < 0) return null;
  if (end === text.length) return zero ? "zero" : separator === 32 ? "space" : "t";
  if (!isZone(text, end)) return null;
  return zero ? "zero" : separator === 32 ? "space-zone" : "t-zone";
}

/** NaN in any of them compares false. */
function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (daysIn[month] ?? 0);
}

/** Where HH:MM[:SS[.f]] from `start` ends, or -1 where there is none. */
function timeEnd(text: string, start: number): number {
  if (!(two(text, start) <= 23 && text.charCodeAt(start + 2) === 58 && two(text, start + 3) <= 59)) return -1;
  if (text.charCodeAt(start + 5) !== 58) return start + 5;
  if (!(two(text, start + 6) <= 59)) return -1;
  const point = start + 8;
  if (text.charCodeAt(point) !== 46) return point;
  let end = point + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  fraction = end - point - 1;
  return fraction > 0 ? end : -1;
}

/** Z or ±hh:mm up to the end. */
function isZone(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  if (c === 90) return text.length === at + 1;
  if ((c !== 43 && c !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58) return false;
  return two(text, at + 1) <= 15 && two(text, at + 4) <= 59;
}

/** The number of two digits, NaN where they are none. */
function two(text: string, at: number): number {
  const high = text.charCodeAt(at) - 48;
  const low = text.charCodeAt(at + 1) - 48;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
}

const isDigit = (c: number) => c >= 48 && c <= 57;
