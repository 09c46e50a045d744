import { type ColumnFacts, only, type Seen, type TypeChoice, withinDouble } from "./choice.ts";
import type { Declared } from "./family.ts";

/** Pairs of texts that mean true and false, as applications of different habits wrote them. */
const truths: [yes: string, no: string][] = [
  ["t", "f"],
  ["T", "F"],
  ["true", "false"],
  ["True", "False"],
  ["TRUE", "FALSE"],
  ["y", "n"],
  ["Y", "N"],
  ["yes", "no"],
];

export function asBoolean({ seen }: ColumnFacts): TypeChoice | null {
  if (!only(seen, "integers", "texts") || seen.integers.booleans !== seen.integers.count) return null;
  if (seen.texts.count === 0) {
    const reason = seen.count === 0 ? "declared so; it holds no values" : "declared so; it holds 0 and 1 only";
    return { type: "boolean", convert: { as: "boolean" }, reason };
  }
  const distinct = seen.texts.distinct;
  if (!distinct) return null;
  const used = truths.filter(([yes, no]) => distinct.includes(yes) || distinct.includes(no));
  if (!distinct.every((text) => used.some((pair) => pair.includes(text)))) return null;
  return {
    type: "boolean",
    convert: { as: "boolean", true: used.map(([yes]) => yes), false: used.map(([, no]) => no) },
    reason: `declared so; it holds ${distinct.map((text) => `'${text}'`).join(", ")}`,
  };
}

/** @param small declared as one of the types of 32 bits or fewer */
export function asInteger({ seen }: ColumnFacts, small: boolean): TypeChoice | null {
  if (!only(seen, "integers")) return null;
  const narrow = small && BigInt(seen.integers.min) >= -(2n ** 31n) && BigInt(seen.integers.max) < 2n ** 31n;
  return narrow
    ? { type: "integer", convert: { as: "integer" }, reason: "declared as a small integer; all of it fits 32 bits" }
    : { type: "bigint", convert: { as: "integer" }, reason: "declared as an integer, which has 64 bits in SQLite" };
}

export function asReal({ seen }: ColumnFacts): TypeChoice | null {
  if (!only(seen, "reals", "integers") || !withinDouble(seen)) return null;
  return { type: "double precision", convert: { as: "real" }, reason: "declared as a float; bit for bit" };
}

export function asDecimal({ seen }: ColumnFacts, { args }: Declared): TypeChoice | null {
  if (!only(seen, "integers", "reals", "texts") || seen.texts.decimals.count !== seen.texts.count) return null;
  const convert = { as: "decimal" } as const;
  const [precision, scale = 0] = args;
  if (precision === undefined) return { type: "numeric", convert, reason: "declared as a decimal without a scale" };
  const found = scaleOf(seen);
  if (seen.reals.infinite > 0) {
    return { type: "numeric", convert, reason: "declared as a decimal; it holds infinite values, which have no scale" };
  }
  if (found > scale || scale < 0 || precision < scale) {
    const reason = `declared with ${scale} digits after the point, but it holds ${found}: without a scale nothing is rounded`;
    return { type: "numeric", convert, reason };
  }
  const needed = Math.max(precision, digitsOf(seen) + scale);
  if (needed > 1000) return { type: "numeric", convert, reason: "declared as a decimal with too many digits to limit" };
  const wider = needed > precision ? `; ${precision} digits are too few for its values` : "";
  return { type: `numeric(${needed},${scale})`, convert, reason: `declared so, and all of it fits${wider}` };
}

function scaleOf(seen: Seen): number {
  return Math.max(seen.reals.scale, seen.texts.decimals.scale);
}

/** Most digits before the point. */
function digitsOf(seen: Seen): number {
  const integers = Math.max(...[seen.integers.min, seen.integers.max].map((text) => text.replace("-", "").length));
  return Math.max(seen.integers.count > 0 ? integers : 0, seen.reals.integerDigits, seen.texts.decimals.integerDigits);
}
