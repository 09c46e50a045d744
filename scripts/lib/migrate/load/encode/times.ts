import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { Conversion } from "../../model/plan.ts";
import {
  dayMicros,
  type Moment,
  newMoment,
  readClock,
  readEpoch,
  readIso,
  readJulian,
  readSeconds,
} from "./calendar.ts";
import { type Encode, notTaken, type Value, writeNull } from "./encoder.ts";
import { writeInt64 } from "./numbers.ts";
import type { ColumnType } from "./type.ts";

/** What date and timestamp hold, in days since 2000-01-01: from 4713 BC to 5874897 and to 294276. */
const range = { first: -2_451_545, lastDate: 2_145_031_948, lastTimestamp: 106_751_982 };

/** timestamptz(n) and timestamp(n). @param zones whether a zone in a text is taken */
export function timestamp(convert: Conversion, type: ColumnType, zones: boolean): Encode {
  const least = 10 ** (6 - (type.modifiers[0] ?? 6));
  const moment = newMoment();
  return (value, frame) => {
    if (isZero(value, convert)) return writeNull(frame);
    const reason = readMoment(value, convert, moment, type);
    if (reason !== null) return reason;
    if (moment.zoned && !zones) return "it names a zone, which timestamp does not keep";
    if (moment.micros % least !== 0) return `it has more digits after the second than ${type.text} keeps`;
    if (moment.days < range.first || moment.days > range.lastTimestamp) return `it is beyond ${type.text}`;
    return writeMoment(moment, frame);
  };
}

/** date. */
export function date(convert: Conversion, type: ColumnType): Encode {
  const moment = newMoment();
  return (value, frame) => {
    if (isZero(value, convert)) return writeNull(frame);
    const reason = readMoment(value, convert, moment, type);
    if (reason !== null) return reason;
    if (moment.timed || moment.micros !== 0) return "it names a time, which date does not keep";
    if (moment.days < range.first || moment.days > range.lastDate) return `it is beyond ${type.text}`;
    frame.view.setInt32(frame.position, 4);
    frame.view.setInt32(frame.position + 4, moment.days);
    frame.position += 8;
    return null;
  };
}

/** time(n). */
export function time(type: ColumnType): Encode {
  const least = 10 ** (6 - (type.modifiers[0] ?? 6));
  return (value, frame) => {
    const micros = typeof value === "string" ? readClock(value) : Number.NaN;
    if (Number.isNaN(micros)) return notTaken(value, type.text);
    if (micros % least !== 0) return `it has more digits after the second than ${type.text} keeps`;
    return writeInt64(micros, frame);
  };
}

const isZero = (value: Value, { zero }: Conversion) =>
  zero === "null" && typeof value === "string" && value.startsWith("0000-00-00");

function readMoment(value: Value, { integer, real }: Conversion, into: Moment, type: ColumnType): string | null {
  if (typeof value === "string") {
    return readIso(value, into) ? null : `${JSON.stringify(value.slice(0, 40))} is no moment that ${type.text} keeps`;
  }
  if (typeof value === "bigint" && integer) {
    readEpoch(value, integer, into);
    return null;
  }
  if (typeof value === "number" && real) {
    const exact = real === "seconds" ? readSeconds(value, into) : readJulian(value, into);
    return exact ? null : `${value} is not exact to the ${real === "seconds" ? "microsecond" : "millisecond"}`;
  }
  return notTaken(value, type.text);
}

function writeMoment({ days, micros }: Moment, frame: CopyFrame): null {
  // Within 273 years a number of JavaScript's counts microseconds exactly.
  if (days > -100_000 && days < 100_000) return writeInt64(days * dayMicros + micros, frame);
  frame.view.setInt32(frame.position, 8);
  frame.view.setBigInt64(frame.position + 4, BigInt(days) * BigInt(dayMicros) + BigInt(micros));
  frame.position += 12;
  return null;
}
