import type { Conversion } from "../../model/plan.ts";
import type { DateDialect } from "../../model/profile.ts";
import { frameworkNames, momentTypes } from "../conventions.ts";
import { type ColumnFacts, only, type Seen, type TypeChoice } from "./choice.ts";
import type { Declared } from "./family.ts";

const count = (seen: Seen, ...dialects: DateDialect[]): number =>
  dialects.reduce((sum, dialect) => sum + (seen.texts.dates[dialect] ?? 0), 0);

/** A moment, declared as such: texts in ISO forms, or numbers since 1970 in one unit. */
export function asMoment(facts: ColumnFacts, declared: Declared): TypeChoice | null {
  const { seen, framework } = facts;
  if (!only(seen, "integers", "reals", "texts")) return null;
  const zoned = count(seen, "space-zone", "t-zone");
  const naive = count(seen, "date", "space", "t");
  if (zoned + naive !== seen.texts.count || seen.texts.fractionDigits > 6) return null;
  const unit = unitOf(facts);
  if (unit === null) return null;
  const usual = framework ? momentTypes[framework] : undefined;
  const local = usual ? usual.as === "local" : unit === undefined && zoned === 0 && !declared.zoned;
  // Two texts of one moment would be one value: not in a key.
  if (facts.inKey && zoned + naive > 0 && formsOf(seen) > 1) return null;
  const limit = usual?.type === "timestamp(3)" && seen.texts.fractionDigits > 3 ? "timestamp" : undefined;
  const type = limit ?? usual?.type ?? (local ? "timestamp" : "timestamptz");
  const convert: Conversion = {
    as: local ? "local" : "instant",
    ...unit,
    ...(local && zoned > 0 ? { utc: true } : {}),
  };
  return { type, convert, reason: reasonOf(facts, zoned, naive, unit, local) };
}

function reasonOf(
  { seen, framework }: ColumnFacts,
  zoned: number,
  naive: number,
  unit: Pick<Conversion, "integer" | "real"> | undefined,
  local: boolean,
): string {
  const parts = [framework ? `${frameworkNames[framework]} keeps a moment so` : "declared as a moment"];
  if (seen.count === 0) parts.push("it holds no values");
  if (naive > 0) parts.push(local ? "its texts name no zone" : "texts without a zone are UTC");
  if (zoned > 0 && local) parts.push("texts with a zone are kept as their moment in UTC");
  if (unit?.integer) parts.push(`integers are ${unitNames[unit.integer]} since 1970`);
  if (unit?.real) parts.push("floats are seconds since 1970");
  return parts.join("; ");
}

const unitNames = { seconds: "seconds", millis: "milliseconds", micros: "microseconds" };

/** How many ways of writing a moment there are in the column. */
function formsOf(seen: Seen): number {
  return (
    Object.values(seen.texts.dates).filter((n) => n > 0).length + (seen.integers.count + seen.reals.count > 0 ? 1 : 0)
  );
}

/** The unit of a column's numbers; undefined where it has none, null where they cannot all be read in one. */
function unitOf({ seen, framework }: ColumnFacts): Pick<Conversion, "integer" | "real"> | undefined | null {
  const { integers, reals } = seen;
  // Prisma's are milliseconds, also those before 1990.
  if (framework === "prisma" && reals.count === 0) {
    return integers.count === 0 && seen.count > 0 ? undefined : within(integers) ? { integer: "millis" } : null;
  }
  if (integers.count + reals.count === 0) return undefined;
  // A Julian day is a float of 40 µs: no type of PostgreSQL gives the same float back.
  const seconds = reals.epochSeconds === reals.count && reals.scale <= 6;
  if (!seconds) return null;
  const real = reals.count > 0 ? { real: "seconds" as const } : {};
  if (integers.count === 0) return real;
  if (integers.epochSeconds === integers.count) return { integer: "seconds", ...real };
  if (reals.count > 0) return null;
  if (integers.epochMillis === integers.count) return { integer: "millis" };
  return integers.epochMicros === integers.count ? { integer: "micros" } : null;
}

/** Whether all of them, read as milliseconds, are within the years that PostgreSQL knows. */
function within({ min, max }: Seen["integers"]): boolean {
  return BigInt(min) >= -62_135_596_800_000n && BigInt(max) <= 253_402_300_799_999n;
}

export function asDate(facts: ColumnFacts): TypeChoice | null {
  const { seen } = facts;
  if (only(seen, "texts") && count(seen, "date") === seen.texts.count) {
    const reason = seen.count === 0 ? "declared so; it holds no values" : "declared so; all of it is YYYY-MM-DD";
    return { type: "date", convert: { as: "date" }, reason };
  }
  const moment = asMoment({ ...facts, framework: facts.framework === "django" ? null : facts.framework }, dateTime);
  return moment && { ...moment, reason: `declared as a date, it holds moments; ${moment.reason}` };
}

const dateTime: Declared = { family: "moment", name: "DATETIME", args: [], zoned: false };

export function asTime({ seen }: ColumnFacts): TypeChoice | null {
  if (!only(seen, "texts") || count(seen, "time") !== seen.texts.count || seen.texts.fractionDigits > 6) return null;
  return { type: "time", convert: { as: "time" }, reason: "declared so; all of it is a time of day" };
}
