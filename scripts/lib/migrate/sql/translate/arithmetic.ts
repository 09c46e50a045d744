import type { BinaryExpr } from "sqlite3-parser";
import { cast } from "./cast.ts";
import { asInteger, asNumber, asText, commonKind, sqlTypes } from "./coerce.ts";
import { arrow } from "./json.ts";
import { literalInteger, refuse, type Typed, text } from "./typed.ts";

const symbols: Partial<Record<BinaryExpr["op"], string>> = { Add: "+", Subtract: "-", Multiply: "*" };

/** Operators that compute: numbers, bits, and putting texts together. */
export function binary(left: Typed, op: BinaryExpr["op"], right: Typed): Typed {
  switch (op) {
    case "Concat":
      return text(`(${asText(left)} || ${asText(right)})`, {
        pieces: [...(left.pieces ?? [left]), ...(right.pieces ?? [right])],
      });
    case "ArrowRight":
      return arrow(left, right, false);
    case "ArrowRightShift":
      return arrow(left, right, true);
    case "BitwiseAnd":
      return { sql: `(${wide(asInteger(left))} & ${asInteger(right)})`, kind: "integer" };
    case "BitwiseOr":
      return { sql: `(${wide(asInteger(left))} | ${asInteger(right)})`, kind: "integer" };
    case "LeftShift":
    case "RightShift":
      return shift(left, op === "LeftShift" ? "<<" : ">>", right);
    case "Divide":
      return divide(asNumber(left), asNumber(right));
    case "Modulus":
      return modulus(asNumber(left), asNumber(right));
    default:
      return compute(asNumber(left), symbols[op] ?? refuse(`the operator ${op}`), asNumber(right));
  }
}

/** Integers have 64 bits in SQLite, and those of PostgreSQL as many as their type. */
const wide = (sql: string): string => `${sql}::bigint`;

function compute(left: Typed, symbol: string, right: Typed): Typed {
  const kind = commonKind([left.kind, right.kind]) ?? refuse("numbers of unknown kinds");
  const positive = symbol !== "-" && left.positive && right.positive ? { positive: true } : {};
  if (kind === "integer") return { sql: `(${wide(left.sql)} ${symbol} ${right.sql})`, kind, ...positive };
  const float = (value: Typed) =>
    kind === "real" && value.kind !== "real" ? `${value.sql}::double precision` : value.sql;
  // A decimal is exact here and a float there.
  const approximate = kind === "decimal" || left.approximate || right.approximate ? { approximate: true } : {};
  return { sql: `(${float(left)} ${symbol} ${float(right)})`, kind, ...approximate, ...positive };
}

function divide(left: Typed, right: Typed): Typed {
  const by = divisor(right, right.sql);
  if (left.kind === "integer" && right.kind === "integer") {
    return {
      sql: `(${wide(left.sql)} / ${by})`,
      kind: "integer",
      ...(left.positive && right.positive ? { positive: true } : {}),
    };
  }
  if (left.kind !== "real" && right.kind !== "real") {
    return refuse("it divides decimals, where SQLite divides as integers those that have no fraction");
  }
  const approximate = left.kind === "decimal" || right.kind === "decimal" || left.approximate || right.approximate;
  return {
    sql: `(${left.sql}::double precision / ${by}::double precision)`,
    kind: "real",
    ...(approximate ? { approximate: true } : {}),
  };
}

/** SQLite takes both without their fractions; where one was a float the result is one. */
function modulus(left: Typed, right: Typed): Typed {
  if (left.approximate || right.approximate) return refuse("% of a computed float, of which the last digit may differ");
  const [of, by] = [cast(left, "INTEGER").sql, cast(right, "INTEGER").sql];
  // A divisor below 1 is 0 without its fraction.
  const divided = right.kind === "integer" ? divisor(right, by) : `NULLIF(${by}, 0)`;
  const kind = commonKind([left.kind, right.kind]) ?? refuse("numbers of unknown kinds");
  const sql = `(${wide(of)} % ${divided})`;
  if (kind === "integer") return { sql, kind };
  return { sql: `${sql}::${sqlTypes[kind]}`, kind };
}

/** Division by zero is NULL in SQLite, and an error in PostgreSQL. */
function divisor({ literal }: Typed, sql: string): string {
  const zero =
    literal === undefined ||
    (literal.class === "integer" && literal.value === 0n) ||
    (literal.class === "real" && literal.value === 0);
  return zero ? `NULLIF(${sql}, 0)` : sql;
}

function shift(left: Typed, symbol: string, right: Typed): Typed {
  const by = literalInteger(right);
  if (by === null || by < 0 || by > 63) return refuse("bits shifted by a computed number");
  return { sql: `(${wide(asInteger(left))} ${symbol} ${by})`, kind: "integer" };
}
