import { type ColumnFacts, only, type TypeChoice } from "./choice.ts";

/** What a column of texts or numbers could be too: only a person knows whether its application would read it so. */
export function hint({ seen }: ColumnFacts, { convert }: TypeChoice): string {
  const { texts } = seen;
  if (convert.as === "text" && only(seen, "texts") && texts.count > 0) {
    const { zero, time, ...moments } = texts.dates;
    if (zero) return `${zero} are 0000-00-00, which is no date: a mapping may say zero: "null"`;
    if (total(moments) === texts.count) {
      return texts.dates.date === texts.count
        ? "all of it is dates: a mapping may say date"
        : "all of it is moments: a mapping may say timestamp or timestamptz";
    }
    if (time === texts.count) return "all of it is times of day: a mapping may say time";
    const { objects, arrays, notJsonb } = texts.json;
    if (objects + arrays === texts.count && notJsonb === 0) return "all of it is JSON: a mapping may say jsonb";
    const { lower, upper, plain32 } = texts.uuids;
    if (lower + upper + plain32 === texts.count) return "all of it is UUIDs: a mapping may say uuid";
  }
  if (convert.as === "integer" && seen.integers.count > 0) {
    const { count, epochSeconds, epochMillis } = seen.integers;
    if (epochSeconds === count) return "all of it could be seconds since 1970: a mapping may say timestamptz";
    if (epochMillis === count) return "all of it could be milliseconds since 1970: a mapping may say timestamptz";
  }
  if (convert.as === "real" && seen.reals.count > 0 && seen.reals.julian === seen.reals.count) {
    return "all of it could be Julian days, which PostgreSQL cannot hold exactly as moments";
  }
  return "";
}

const total = (dialects: Partial<Record<string, number>>): number =>
  Object.values(dialects).reduce<number>((sum, n) => sum + (n ?? 0), 0);
