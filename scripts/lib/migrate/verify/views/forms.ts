import type { ViewColumnPlan } from "../../model/plan.ts";
import { decimalText, parseDecimal } from "../canonical/decimal.ts";
import { canonicalizer, canonicalSql } from "../canonical/forms.ts";
import { Bits64 } from "../canonical/hex.ts";
import { Jsonb } from "../canonical/json.ts";
import { type Canonical, type SourceValue, unfit } from "../canonical/value.ts";
import { rawForm } from "../values/raw-row.ts";

/** A column of a view: as the plan has it, and its type as the target's catalog has it. */
export interface ViewColumn extends ViewColumnPlan {
  type: string;
}

/** A view's row: what has to be equal, and the numbers that need only be close. */
export interface ViewRow {
  exact: Canonical[];
  close: number[];
}

const numbers = /^(smallint|integer|bigint|numeric)\b/;
/** Compared by their bits: PostgreSQL's shortest digits of a float are not always JavaScript's. */
const floats = /^(real|double precision)$/;

/** A value of SQLite's view in the form that `viewSql` gives of the target's. */
export function viewForm(column: ViewColumn): (value: SourceValue) => Canonical {
  if (column.any) {
    const jsonb = column.scalar ? null : new Jsonb();
    return (value) => outOfJson(value, jsonb);
  }
  if (column.convert === null && floats.test(column.type)) {
    const bits = new Bits64();
    // 0 takes the sign from a zero.
    return (value) =>
      typeof value === "number" || typeof value === "bigint"
        ? `f${bits.ofFloat(Number(value) + 0)}`
        : computed(value, column.type);
  }
  if (column.convert === null) return (value) => computed(value, column.type);
  const canonicalize = canonicalizer({ type: column.type, convert: column.convert });
  return (value) => {
    const form = canonicalize(value);
    // What has no form is in no row of the target.
    return form === unfit ? `\0${rawForm(value)}` : form;
  };
}

/** SQL of a column's form. @param name quoted */
export function viewSql(name: string, { convert, approximate, any, type }: ViewColumn): string {
  if (any) {
    const number = `CASE WHEN ${name} ~ '${integer.source}' THEN ${name}::numeric ELSE ${name}::float8::text::numeric END`;
    return `CASE WHEN ${name} ~ '${numeral.source}' THEN trim_scale(${number})::text ELSE ${name} END`;
  }
  if (approximate) return `${name}::float8::text`;
  if (convert !== null) return canonicalSql(name, { type, convert });
  if (floats.test(type)) return `'f' || encode(float8send(${name}::float8 + 0), 'hex')`;
  if (numbers.test(type)) return `'n' || trim_scale(${name}::text::numeric)::text`;
  if (type === "boolean") return `'n' || ${name}::int::text`;
  if (type === "bytea") return `'b' || encode(${name}, 'hex')`;
  return `'t' || ${name}::text`;
}

const integer = /^-?[0-9]{1,18}$/;
const numeral = /^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$/;

/**
 * A value out of JSON, which in the target is text: numbers in their shortest form, objects and arrays as jsonb prints them,
 * whatever spaces and order of keys either side has.
 */
function outOfJson(value: SourceValue, jsonb: Jsonb | null): Canonical {
  if (value === null) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return shortest(value);
  if (typeof value !== "string") return `\0${rawForm(value)}`;
  if (integer.test(value)) return BigInt(value).toString();
  if (numeral.test(value)) return shortest(Number(value));
  return jsonb && /^[[{]/.test(value) ? (jsonb.of(value) ?? value) : value;
}

function shortest(value: number): string {
  const decimal = parseDecimal(String(value));
  return decimal ? decimalText(decimal) : String(value);
}

/** Numbers are numbers, whatever class SQLite gives them; texts are texts. */
function computed(value: SourceValue, type: string): Canonical {
  if (value === null) return null;
  if (typeof value === "bigint") return `n${value}`;
  if (typeof value === "number") {
    return `n${shortest(value)}`;
  }
  if (typeof value === "string") return `t${value}`;
  return type === "bytea" && value instanceof Uint8Array
    ? `b${Buffer.from(value).toString("hex")}`
    : `\0${rawForm(value)}`;
}

/** A number to compare roughly; NaN for NULL and for what is none. */
export const closeNumber = (value: SourceValue): number =>
  typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
