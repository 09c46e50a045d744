import type { Expr } from "sqlite3-parser";
import type { Affinity } from "../model/source.ts";
import { fold } from "./parse.ts";

/** A value as SQLite would store it. Integers are bigint, reals number, so that 1 and 1.0 stay apart. */
export type Value =
  | { class: "null" }
  | { class: "integer"; value: bigint }
  | { class: "real"; value: number }
  | { class: "text"; value: string }
  | { class: "blob"; value: Uint8Array };

/** The value of a literal, signs and parentheses included. @returns null for anything that is computed */
export function literalValue(expr: Expr): Value | null {
  switch (expr.type) {
    case "NullLiteral":
      return { class: "null" };
    case "NumericLiteral":
      return numericValue(expr.value);
    case "StringLiteral":
      return { class: "text", value: expr.value };
    case "BlobLiteral":
      return { class: "blob", value: expr.bytes };
    case "ParenthesizedExpr":
      return expr.exprs.length === 1 && expr.exprs[0] ? literalValue(expr.exprs[0]) : null;
    case "UnaryExpr": {
      const inner = literalValue(expr.expr);
      if (expr.op === "Positive") return inner;
      return expr.op === "Negative" && inner ? negate(inner) : null;
    }
    case "Id":
      return keyword(expr.name);
    default:
      return null;
  }
}

/** TRUE and FALSE are 1 and 0; as the parser gives them, they are identifiers. */
export function keyword(name: string): Value | null {
  if (fold(name) === "true") return { class: "integer", value: 1n };
  return fold(name) === "false" ? { class: "integer", value: 0n } : null;
}

function numericValue(text: string): Value {
  const digits = text.replaceAll("_", "");
  if (/^0x/i.test(digits)) return { class: "integer", value: BigInt.asIntN(64, BigInt(digits)) };
  if (/^\d+$/.test(digits) && BigInt(digits) < 2n ** 63n) return { class: "integer", value: BigInt(digits) };
  return { class: "real", value: Number(digits) };
}

function negate(value: Value): Value | null {
  if (value.class === "integer") return { class: "integer", value: -value.value };
  // The literal 9223372036854775808 is a float, but with its sign it is the smallest integer.
  if (value.class === "real")
    return value.value === 2 ** 63 ? { class: "integer", value: -(2n ** 63n) } : { class: "real", value: -value.value };
  return value.class === "null" ? value : null;
}

/** What becomes of a value that is stored in a column of an affinity. */
export function applyAffinity(value: Value, affinity: Affinity): Value {
  if (affinity === "text" && value.class === "integer") return { class: "text", value: String(value.value) };
  if (affinity === "text" && value.class === "real") return { class: "text", value: realText(value.value) };
  if (affinity === "text" || affinity === "blob") return value;
  const number = value.class === "text" ? (numberIn(value.value) ?? value) : value;
  if (affinity === "real") return number.class === "integer" ? { class: "real", value: Number(number.value) } : number;
  const whole = number.class === "real" && Number.isInteger(number.value) && Math.abs(number.value) < 2 ** 63;
  return whole ? { class: "integer", value: BigInt(number.value) } : number;
}

function numberIn(text: string): Value | null {
  const trimmed = text.trim();
  if (/^[+-]?\d+$/.test(trimmed)) {
    const value = BigInt(trimmed.replace("+", ""));
    return value >= -(2n ** 63n) && value < 2n ** 63n
      ? { class: "integer", value }
      : { class: "real", value: Number(trimmed) };
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? { class: "real", value: Number(trimmed) } : null;
}

/** The shortest text that gives the same float back, always with a point or an exponent. */
export function realText(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
