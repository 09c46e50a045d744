import type { ViewColumnPlan } from "../../model/plan.ts";
import { decimalText, parseDecimal } from "../canonical/decimal.ts";
import { canonicalizer, canonicalSql } from "../canonical/forms.ts";
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

const numbers = /^(smallint|integer|bigint|numeric|real|double precision)\b/;

/** A value of SQLite's view in the form that `viewSql` gives of the target's. */
export function viewForm(column: ViewColumn): (value: SourceValue) => Canonical {
  if (column.convert === null) return (value) => computed(value, column.type);
  const canonicalize = canonicalizer({ type: column.type, convert: column.convert });
  return (value) => {
    const form = canonicalize(value);
    // What has no form is in no row of the target.
    return form === unfit ? `\0${rawForm(value)}` : form;
  };
}

/** SQL of a column's form. @param name quoted */
export function viewSql(name: string, { convert, approximate, type }: ViewColumn): string {
  if (approximate) return `${name}::float8::text`;
  if (convert !== null) return canonicalSql(name, { type, convert });
  if (numbers.test(type)) return `'n' || trim_scale(${name}::text::numeric)::text`;
  if (type === "boolean") return `'n' || ${name}::int::text`;
  if (type === "bytea") return `'b' || encode(${name}, 'hex')`;
  return `'t' || ${name}::text`;
}

/** Numbers are numbers, whatever class SQLite gives them; texts are texts. */
function computed(value: SourceValue, type: string): Canonical {
  if (value === null) return null;
  if (typeof value === "bigint") return `n${value}`;
  if (typeof value === "number") {
    const decimal = parseDecimal(String(value));
    return `n${decimal ? decimalText(decimal) : value}`;
  }
  if (typeof value === "string") return `t${value}`;
  return type === "bytea" && value instanceof Uint8Array
    ? `b${Buffer.from(value).toString("hex")}`
    : `\0${rawForm(value)}`;
}

/** A number to compare roughly; NaN for NULL and for what is none. */
export const closeNumber = (value: SourceValue): number =>
  typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
