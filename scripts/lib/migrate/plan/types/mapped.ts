import { LandfallError } from "../../../cli/errors.ts";
import type { Conversion } from "../../model/plan.ts";
import type { ColumnMapping } from "../mapping.ts";
import { type ColumnFacts, only, type TypeChoice } from "./choice.ts";
import { chooseType } from "./choose.ts";

/** How PostgreSQL itself calls what people also write otherwise. */
const synonyms: Record<string, string> = {
  int: "integer",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float8: "double precision",
  float: "double precision",
  bool: "boolean",
  decimal: "numeric",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  "time without time zone": "time",
  "character varying": "varchar",
  character: "char",
};

const conversions: Record<string, Conversion["as"]> = {
  smallint: "integer",
  integer: "integer",
  bigint: "integer",
  "double precision": "real",
  numeric: "decimal",
  boolean: "boolean",
  text: "text",
  varchar: "text",
  citext: "text",
  bpchar: "text",
  bytea: "bytes",
  json: "json",
  jsonb: "json",
  uuid: "uuid",
  timestamptz: "instant",
  timestamp: "local",
  date: "date",
  time: "time",
};

/** A type in the one spelling that a plan uses: `timestamp with time zone (3)` and `timestamptz(3)` are one. */
export function canonicalType(text: string): { base: string; type: string } {
  const spaced = text.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const match = /^([a-z0-9_ ]+?) ?(?:\(([\d, ]+)\))?( with(?:out)? time zone)?$/.exec(spaced) ?? [];
  const plain = `${match[1] ?? spaced}${match[3] ?? ""}`;
  const base = synonyms[plain] ?? plain;
  return { base, type: match[2] ? `${base}(${match[2].replaceAll(" ", "")})` : base };
}

/** The conversion for a type of PostgreSQL by what a column holds. @returns null for a type that nothing is converted to */
export function conversionFor(base: string, facts: ColumnFacts): Conversion | null {
  const as = conversions[base];
  if (!as) return null;
  const { seen } = facts;
  if (as === "text") return only(seen, "texts") ? { as } : { as, numbers: true };
  if (as === "bytes") return seen.blobs.count === 0 && seen.texts.count > 0 ? { as, texts: true } : { as };
  if (as === "boolean") {
    // As a column declared BOOLEAN would be read.
    const choice = chooseType({ ...facts, column: { ...facts.column, declaredType: "BOOLEAN" } });
    return choice.convert.as === "boolean" ? choice.convert : { as };
  }
  if (as !== "instant" && as !== "local" && as !== "date") return { as };
  return { as, ...unitOf(facts), ...(as === "local" && zoned(facts) > 0 ? { utc: true as const } : {}) };
}

const zoned = ({ seen }: ColumnFacts): number =>
  (seen.texts.dates["space-zone"] ?? 0) + (seen.texts.dates["t-zone"] ?? 0);

/** The unit that most of the numbers speak for. */
function unitOf({ seen: { integers, reals } }: ColumnFacts): Pick<Conversion, "integer" | "real"> {
  const units = [
    ["millis", integers.epochMillis],
    ["seconds", integers.epochSeconds],
    ["micros", integers.epochMicros],
  ] as const;
  const best = units.reduce((most, unit) => (unit[1] > most[1] ? unit : most));
  return {
    ...(integers.count > 0 && best[1] > 0 ? { integer: best[0] } : {}),
    ...(reals.count > 0
      ? { real: reals.julian > reals.epochSeconds ? ("julian" as const) : ("seconds" as const) }
      : {}),
  };
}

/** What the user says, over what would have been chosen. @throws {LandfallError} usage, for a type without a conversion */
export function applyMapping(facts: ColumnFacts, mapping: ColumnMapping | undefined, name: string): TypeChoice {
  const chosen = chooseType(facts);
  if (!mapping) return chosen;
  const { type: wanted, convert, nul, invalid, zero } = mapping;
  const extras = { ...(nul ? { nul } : {}), ...(invalid ? { invalid } : {}), ...(zero ? { zero } : {}) };
  if (wanted === undefined) {
    if (!convert && Object.keys(extras).length === 0) return chosen;
    return {
      ...chosen,
      convert: { ...chosen.convert, ...convert, ...extras },
      reason: `${chosen.reason}; by the mapping`,
    };
  }
  const { base, type } = canonicalType(wanted);
  const usual = conversionFor(base, facts);
  if (!usual) {
    throw new LandfallError(
      "usage",
      `the mapping gives ${name} the type ${wanted}, which nothing is converted to`,
      `use one of ${Object.keys(conversions).join(", ")}`,
    );
  }
  return { type, convert: { ...usual, ...convert, ...extras }, reason: "by the mapping" };
}
