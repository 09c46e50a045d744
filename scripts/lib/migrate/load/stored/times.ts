import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import { isText, lengthOf } from "../../../db/sqlite-pages/fields.ts";
import { dayMicros, dayNumber } from "../encode/calendar.ts";
import { writeInt64 } from "../encode/numbers.ts";
import type { ColumnType } from "../encode/type.ts";
import type { EncodeStored } from "./encoder.ts";

const lengths = { day: 10, second: 19 };
/** Within 273 years of 2000 a number counts microseconds exactly. */
const exactDays = 99_999;

/** timestamp of the plainest texts: YYYY-MM-DD, or that, a space or a T, and HH:MM:SS[.f] without a zone. Others are the conversion's. */
export function timestamp({ modifiers: [digits = 6] }: ColumnType, otherwise: EncodeStored): EncodeStored {
  const longest = digits === 0 ? lengths.second : lengths.second + 1 + digits;
  return (row, field, frame) => {
    const type = row.types[field] as number;
    const length = lengthOf(type);
    if (!isText(type) || length < lengths.day || length > longest) return otherwise(row, field, frame);
    const at = row.places[field] as number;
    const days = readDay(row.bytes, at);
    const micros = length === lengths.day ? 0 : readTime(row.bytes, at + lengths.day, at + length);
    const moment = days * dayMicros + micros;
    if (Number.isNaN(moment) || Math.abs(days) > exactDays) return otherwise(row, field, frame);
    writeInt64(moment, frame);
    return true;
  };
}

/** date of YYYY-MM-DD. */
export function date(otherwise: EncodeStored): EncodeStored {
  return (row, field, frame) => {
    const type = row.types[field] as number;
    const days =
      isText(type) && lengthOf(type) === lengths.day ? readDay(row.bytes, row.places[field] as number) : Number.NaN;
    if (Number.isNaN(days)) return otherwise(row, field, frame);
    writeDays(days, frame);
    return true;
  };
}

function writeDays(days: number, frame: CopyFrame): void {
  frame.view.setInt32(frame.position, 4);
  frame.view.setInt32(frame.position + 4, days);
  frame.position += 8;
}

/** Two digits at a place; NaN where there are none. */
function two(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 48;
  const ones = (bytes[at + 1] as number) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days since 2000-01-01 of YYYY-MM-DD; NaN for anything else. */
function readDay(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return Number.NaN;
  return dayNumber(two(bytes, at) * 100 + two(bytes, at + 2), two(bytes, at + 5), two(bytes, at + 8));
}

/** Microseconds of a separator and HH:MM:SS[.f]; NaN for anything else. */
function readTime(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 32 && bytes[at] !== 84) return Number.NaN;
  if (end - at < 9 || bytes[at + 3] !== 58 || bytes[at + 6] !== 58) return Number.NaN;
  const hour = two(bytes, at + 1);
  const minute = two(bytes, at + 4);
  const second = two(bytes, at + 7);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  const micros = (hour * 3600 + minute * 60 + second) * 1_000_000;
  return end - at === 9 ? micros : micros + readFraction(bytes, at + 9, end);
}

/** Microseconds of a point and at most six digits. */
function readFraction(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 46 || end - at < 2) return Number.NaN;
  let micros = 0;
  let unit = 100_000;
  for (let i = at + 1; i < end; i++) {
    const digit = (bytes[i] as number) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    micros += digit * unit;
    unit /= 10;
  }
  return micros;
}
