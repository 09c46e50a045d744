import type { Conversion } from "../../model/plan.ts";
import type { ColumnProfile, TextProfile } from "../../model/profile.ts";
import type { SourceColumn } from "../../model/source.ts";
import type { Framework } from "../conventions.ts";

/** A column's type in the target, how values get there, and why. */
export interface TypeChoice {
  type: string;
  convert: Conversion;
  reason: string;
}

/** What a choice is made from. */
export interface ColumnFacts {
  column: SourceColumn;
  seen: Seen;
  framework: Framework;
  /** Part of a PRIMARY KEY, UNIQUE or FOREIGN KEY: what is equal must stay so. */
  inKey: boolean;
  /** A CHECK says json_valid(column). */
  checkedJson: boolean;
}

/** A column's profile with zeros where it says null. An unknown profile is that of an empty column. */
export interface Seen {
  integers: NonNullable<ColumnProfile["integers"]>;
  reals: NonNullable<ColumnProfile["reals"]>;
  texts: NonNullable<ColumnProfile["texts"]>;
  blobs: NonNullable<ColumnProfile["blobs"]>;
  /** All but NULLs. */
  count: number;
}

/** The profile of a column without a text. */
export const noTexts: TextProfile = {
  count: 0,
  maxLength: 0,
  maxBytes: 0,
  empty: 0,
  withNul: 0,
  invalidUtf8: 0,
  integers: 0,
  decimals: { count: 0, scale: 0, integerDigits: 0 },
  numericLooking: 0,
  dates: {},
  fractionDigits: 0,
  json: { objects: 0, arrays: 0, scalars: 0, notJsonb: 0 },
  uuids: { lower: 0, upper: 0, plain32: 0 },
  distinct: null,
};

export function seenIn(profile: ColumnProfile | undefined): Seen {
  const integers = profile?.integers ?? {
    count: 0,
    min: "0",
    max: "0",
    booleans: 0,
    epochSeconds: 0,
    epochMillis: 0,
    epochMicros: 0,
  };
  const reals = profile?.reals ?? {
    count: 0,
    min: null,
    max: null,
    whole: 0,
    infinite: 0,
    scale: 0,
    integerDigits: 0,
    julian: 0,
    epochSeconds: 0,
  };
  const texts = profile?.texts ?? noTexts;
  const blobs = profile?.blobs ?? { count: 0, maxBytes: 0, uuids: 0, utf8: 0 };
  return { integers, reals, texts, blobs, count: integers.count + reals.count + texts.count + blobs.count };
}

/** Whether nothing but the named storage classes was seen. An empty column is only anything. */
export function only(seen: Seen, ...classes: ("integers" | "reals" | "texts" | "blobs")[]): boolean {
  return classes.reduce((sum, name) => sum + seen[name].count, 0) === seen.count;
}

const limit = 2n ** 53n;

/** Whether a double holds each of the integers exactly. */
export function withinDouble(seen: Seen): boolean {
  return BigInt(seen.integers.min) >= -limit && BigInt(seen.integers.max) <= limit;
}

/** "3 texts and 1 blob": what was seen, for a reason. */
export function describe(seen: Seen): string {
  const parts = (["integers", "reals", "texts", "blobs"] as const)
    .filter((name) => seen[name].count > 0)
    .map((name) => `${seen[name].count} ${seen[name].count === 1 ? name.slice(0, -1) : name}`);
  if (parts.length === 0) return "no values";
  return parts.length === 1 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
