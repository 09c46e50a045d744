import type { Conversion } from "../../model/plan.ts";
import {
  fitsDate,
  fitsPrecision,
  fitsTimestamp,
  type Moment,
  momentBits,
  momentOfInteger,
  momentOfJulian,
  momentOfSeconds,
  parseClock,
  parseIso,
} from "./calendar.ts";
import { Bits64, int32Hex } from "./hex.ts";
import { Utf8 } from "./utf8.ts";
import { type Canonicalize, type ColumnType, type SourceValue, unfit } from "./value.ts";

type Read = Moment & { zoned?: boolean; timed?: boolean };

function momentOf(value: SourceValue, { integer, real }: Conversion): Read | undefined {
  if (typeof value === "bigint") return integer && momentOfInteger(value, integer);
  if (typeof value === "number") {
    if (real === "seconds") return momentOfSeconds(value);
    return real === "julian" ? momentOfJulian(value) : undefined;
  }
  return typeof value === "string" ? parseIso(value) : undefined;
}

const isZero = (value: SourceValue) => typeof value === "string" && /^0000-00-00/.test(value);

/** timestamptz, and timestamp, where a zone would be lost. */
function timestamp(zones: boolean) {
  return (convert: Conversion, { modifiers: [precision] }: ColumnType): Canonicalize => {
    const bits = new Bits64();
    return (value) => {
      if (value === null || (convert.zero === "null" && isZero(value))) return null;
      const moment = momentOf(value, convert);
      if (!moment || !fitsTimestamp(moment) || !fitsPrecision(moment.micros, precision)) return unfit;
      return moment.zoned && !zones && !convert.utc ? unfit : momentBits(moment, bits);
    };
  };
}

export const instant = timestamp(true);
export const local = timestamp(false);

export function date(convert: Conversion): Canonicalize {
  const out = new Utf8();
  return (value) => {
    if (value === null || (convert.zero === "null" && isZero(value))) return null;
    const moment = momentOf(value, convert);
    if (!moment || moment.timed || moment.micros !== 0 || !fitsDate(moment.days)) return unfit;
    return int32Hex(moment.days, out);
  };
}

export function time(_: Conversion, { modifiers: [precision] }: ColumnType): Canonicalize {
  const bits = new Bits64();
  return (value) => {
    if (value === null) return null;
    const micros = typeof value === "string" ? parseClock(value) : undefined;
    return micros === undefined || !fitsPrecision(micros, precision) ? unfit : bits.ofInteger(micros);
  };
}
