import type { DateDialect } from "../model/profile.ts";

/** The dialects by the numbers that `dateDialect` gives. */
export const dialects: readonly DateDialect[] = ["date", "time", "space", "t", "space-zone", "t-zone", "zero"];
export const noDate = -1;
const [date, time, space, t, spaceZone, tZone, zero] = [0, 1, 2, 3, 4, 5, 6];

const daysIn = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Digits after the seconds' point of the date or time that `dateDialect` saw last. */
export let fraction = 0;
/** Whether its time stops at the minutes. */
export let minutes = false;

/**
 * The dialect that the text from `start` to `end` is written in, or `noDate` where it is no date or time that exists: no 30
 * February, no hour 24, no leap second, no year 0. Offsets reach from -15:59 to +15:59, as PostgreSQL takes them.
 */
export function dateDialect(bytes: Uint8Array, start: number, end: number): number {
  fraction = 0;
  minutes = false;
  const length = end - start;
  if (length < 5) return noDate;
  if (bytes[start + 2] === 58) return timeEnd(bytes, start, end) === end ? time : noDate;
  if (length < 10 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return noDate;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  const isZero = year === 0 && month === 0 && day === 0;
  if (!isZero && !isDay(year, month, day)) return noDate;
  if (length === 10) return isZero ? zero : date;
  const separator = bytes[start + 10];
  if (separator !== 32 && separator !== 84) return noDate;
  const stop = timeEnd(bytes, start + 11, end);
  if (stop < 0) return noDate;
  if (stop === end) return isZero ? zero : separator === 32 ? space : t;
  if (!isZone(bytes, stop, end)) return noDate;
  return isZero ? zero : separator === 32 ? spaceZone : tZone;
}

function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (daysIn[month] as number);
}

/** Where HH:MM[:SS[.f]] from `start` ends, or -1 where there is none. */
function timeEnd(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 5 || two(bytes, start) > 23 || bytes[start + 2] !== 58 || two(bytes, start + 3) > 59) return -1;
  if (length === 5 || bytes[start + 5] !== 58) {
    minutes = true;
    return start + 5;
  }
  if (length < 8 || two(bytes, start + 6) > 59) return -1;
  const point = start + 8;
  if (point === end || bytes[point] !== 46) return point;
  let stop = point + 1;
  while (stop < end && isDigit(bytes[stop] as number)) stop += 1;
  fraction = stop - point - 1;
  return fraction > 0 ? stop : -1;
}

/** Z or ±hh:mm from `at`, where there is a byte, up to the end. */
function isZone(bytes: Uint8Array, at: number, end: number): boolean {
  const c = bytes[at];
  if (c === 90) return end === at + 1;
  if ((c !== 43 && c !== 45) || end !== at + 6 || bytes[at + 3] !== 58) return false;
  return two(bytes, at + 1) <= 15 && two(bytes, at + 4) <= 59;
}

/** More than any part of a date. */
const noNumber = 100_000;

/** The number of two digits, `noNumber` where they are none. */
function two(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] as number) - 48;
  const low = (bytes[at + 1] as number) - 48;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : noNumber;
}

const isDigit = (c: number) => c >= 48 && c <= 57;
