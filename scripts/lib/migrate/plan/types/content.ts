import { counted } from "../../../cli/table.ts";
import { type ColumnFacts, describe, only, type Seen, type TypeChoice, withinDouble } from "./choice.ts";
import { type Declared, isSmall } from "./family.ts";
import { asInteger } from "./numbers.ts";

/** The type that loses nothing of what a column holds, whatever its declaration says. */
export function byContent(facts: ColumnFacts, declared: Declared): TypeChoice {
  const { seen } = facts;
  if (seen.count === 0) return ofNothing(facts, declared);
  const holds = whatItHolds(facts, declared);
  if (only(seen, "integers")) {
    const reason = declared.family === "none" || declared.family === "other" ? "it holds integers only" : holds;
    return { ...(asInteger(facts, isSmall(declared.name)) ?? bigint), reason };
  }
  if (only(seen, "integers", "reals")) return ofNumbers(seen, holds);
  if (seen.blobs.count > 0 || unreadable(seen) * 2 > seen.count) return ofBytes(seen, holds);
  if (only(seen, "texts")) return { type: "text", convert: { as: "text" }, reason: holds };
  const lost =
    seen.texts.numericLooking > 0
      ? `; ${counted(seen.texts.numericLooking, "text looks like a number", "texts look like numbers")}: quarantine`
      : "";
  return {
    type: "text",
    convert: { as: "text", numbers: true },
    reason: `${holds}: text holds numbers too, each in its shortest form${lost}`,
  };
}

const bigint: TypeChoice = { type: "bigint", convert: { as: "integer" }, reason: "" };

function whatItHolds({ column, seen }: ColumnFacts, declared: Declared): string {
  const natural =
    (declared.family === "text" && only(seen, "texts")) || (declared.family === "bytes" && only(seen, "blobs"));
  if (natural) return `declared ${column.declaredType}`;
  return declared.family === "none"
    ? `without a declared type, it holds ${describe(seen)}`
    : `declared ${column.declaredType}, it holds ${describe(seen)}`;
}

function ofNothing({ column }: ColumnFacts, declared: Declared): TypeChoice {
  const reason = `declared ${column.declaredType || "without a type"}; it holds no values`;
  if (declared.family === "bytes") return { type: "bytea", convert: { as: "bytes" }, reason };
  if (declared.family === "text") return { type: "text", convert: { as: "text" }, reason };
  // SQLite takes anything here, and text holds anything but blobs.
  return { type: "text", convert: { as: "text", numbers: true }, reason };
}

function ofNumbers(seen: Seen, holds: string): TypeChoice {
  if (withinDouble(seen)) return { type: "double precision", convert: { as: "real" }, reason: holds };
  return {
    type: "numeric",
    convert: { as: "decimal" },
    reason: `${holds}, some too large for a float: numeric holds them all`,
  };
}

const unreadable = (seen: Seen): number => seen.texts.withNul + seen.texts.invalidUtf8;

/** Blobs and something else, or texts that PostgreSQL could not store as such: the type that sets the fewest rows aside. */
function ofBytes(seen: Seen, holds: string): TypeChoice {
  const bytea: TypeChoice = { type: "bytea", convert: { as: "bytes" }, reason: holds };
  if (only(seen, "blobs")) return bytea;
  if (only(seen, "texts")) {
    return {
      type: "bytea",
      convert: { as: "bytes", texts: true },
      reason: `${holds}, most of them with NUL bytes or invalid UTF-8: their bytes are kept`,
    };
  }
  const others = seen.count - seen.blobs.count;
  if (seen.blobs.count >= others) return { ...bytea, reason: `${holds}: what is no blob goes into quarantine` };
  const numbers = seen.texts.count === 0 ? ofNumbersOnly(seen) : null;
  const reason = `${holds}: the blobs go into quarantine`;
  if (numbers) return { ...numbers, reason };
  const mixed = !only({ ...seen, count: others }, "texts");
  return { type: "text", convert: mixed ? { as: "text", numbers: true } : { as: "text" }, reason };
}

function ofNumbersOnly(seen: Seen): TypeChoice {
  return seen.reals.count === 0 ? bigint : ofNumbers(seen, "");
}
