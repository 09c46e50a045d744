/** Microseconds of a day. */
export const dayMicros = 86_400_000_000;
/** 1970-01-01 in days since 2000-01-01, where PostgreSQL counts from. */
export const unixEpoch = -10_957;

/** A moment that was read: used again for the next one, so that reading a date makes no object. */
export interface Moment {
  /** Days since 2000-01-01. */
  days: number;
  /** Microseconds into that day, whole, less than a day. */
  micros: number;
  /** Whether the text names a time of day. */
  timed: boolean;
  /** Whether the text names a zone; without one it is read as UTC. */
  zoned: boolean;
}

export const newMoment = (): Moment => ({ days: 0, micros: 0, timed: false, zoned: false });

/** Lengths of the months of a year that has no leap day. */
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysBefore = monthDays.map((_, month) => monthDays.slice(0, month).reduce((sum, days) => sum + days, 0));

/** Days since 2000-01-01 of a day of the proleptic Gregorian calendar, years 1 to 9999; NaN where there is no such day. */
export function dayNumber(year: number, month: number, day: number): number {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = (monthDays[month - 1] as number) + (leap && month === 2 ? 1 : 0);
  if (day > last) return Number.NaN;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const inYear = (daysBefore[month - 1] as number) + day - 1 + (leap && month > 2 ? 1 : 0);
  return past * 365 + leapDays + inYear - 730_119;
}

/** Two digits at a place; NaN where there are none. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/**
 * Reads YYYY-MM-DD, with HH:MM[:SS[.f]] after a space or a T, with Z or ±HH[[:]MM] after that.
 * @returns whether it is one, exact to the microsecond
 */
export function readIso(text: string, into: Moment): boolean {
  if (text.length < 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  into.days = dayNumber(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8));
  into.micros = 0;
  into.timed = text.length > 10;
  into.zoned = false;
  if (Number.isNaN(into.days)) return false;
  if (!into.timed) return true;
  const separator = text.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return false;
  const end = readTime(text, 11);
  if (end < 0) return false;
  into.micros = timeMicros;
  if (end === text.length) return true;
  const offset = zoneMicros(text.slice(end));
  if (Number.isNaN(offset)) return false;
  into.zoned = true;
  into.micros -= offset;
  const more = Math.floor(into.micros / dayMicros);
  into.days += more;
  into.micros -= more * dayMicros;
  return true;
}

/** Microseconds of HH:MM[:SS[.f]]; NaN for anything else. */
export function readClock(text: string): number {
  return readTime(text, 0) === text.length ? timeMicros : Number.NaN;
}

/** Set by readTime. */
let timeMicros = 0;

/** Reads a time of day from a place on, into `timeMicros`. @returns where it ends, -1 where there is none */
function readTime(text: string, start: number): number {
  const hour = two(text, start);
  const minute = two(text, start + 3);
  if (!(hour <= 23 && minute <= 59) || text.charCodeAt(start + 2) !== 58) return -1;
  timeMicros = (hour * 3600 + minute * 60) * 1_000_000;
  let at = start + 5;
  if (text.charCodeAt(at) !== 58) return at;
  const second = two(text, at + 1);
  if (!(second <= 59)) return -1;
  timeMicros += second * 1_000_000;
  at += 3;
  if (text.charCodeAt(at) !== 46) return at;
  const first = ++at;
  let unit = 100_000;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    // A microsecond is the least that PostgreSQL keeps; zeros beyond it are nothing.
    if (unit < 1 && digit > 0) return -1;
    if (unit >= 1) timeMicros += digit * unit;
    unit /= 10;
  }
  return at > first ? at : -1;
}

const zone = /^ ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)$/;

/** Microseconds east of Greenwich; PostgreSQL takes less than 16 hours. NaN where it is no zone. */
function zoneMicros(text: string): number {
  if (text === "Z") return 0;
  const match = zone.exec(text);
  if (!match) return Number.NaN;
  if (match[1]) return text.length === 1 ? 0 : Number.NaN;
  const hours = Number(match[3]);
  const minutes = Number(match[4] ?? 0);
  if (hours > 15 || minutes > 59) return Number.NaN;
  return (match[2] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000_000;
}

const perDay = { seconds: 86_400n, millis: 86_400_000n, micros: 86_400_000_000n };

/** An INTEGER since 1970 in its unit. */
export function readEpoch(value: bigint, unit: keyof typeof perDay, into: Moment): void {
  into.zoned = false;
  into.timed = false;
  const number = Number(value);
  const length = Number(perDay[unit]);
  if (Number.isSafeInteger(number)) {
    const days = Math.floor(number / length);
    into.days = days + unixEpoch;
    into.micros = (number - days * length) * (dayMicros / length);
    return;
  }
  const units = perDay[unit];
  const rest = ((value % units) + units) % units;
  into.days = Number((value - rest) / units) + unixEpoch;
  into.micros = Number(rest) * (dayMicros / length);
}

/** A REAL of seconds since 1970 that is exact to the microsecond. @returns whether it is */
export function readSeconds(value: number, into: Moment): boolean {
  const micros = Math.round(value * 1e6);
  // The quotient of two exact numbers is the double nearest to it: what the decimal number reads as.
  if (!Number.isSafeInteger(micros) || micros / 1e6 !== value) return false;
  readEpoch(BigInt(micros), "micros", into);
  return true;
}

/** Milliseconds from the beginning of the Julian days to 1970-01-01. */
const julianMillis = 210_866_760_000_000;

/** A Julian day, to the millisecond as SQLite's own functions read it. @returns whether it is exactly what they give back */
export function readJulian(value: number, into: Moment): boolean {
  if (!(value >= 0 && value < 5_373_484.5)) return false;
  const millis = Math.floor(value * 86_400_000 + 0.5);
  if (millis / 86_400_000 !== value) return false;
  readEpoch(BigInt(millis - julianMillis), "millis", into);
  return true;
}
