import type { Expr, Select, SortedColumn } from "sqlite3-parser";
import { literalValue } from "../literal.ts";
import { fold } from "../parse.ts";
import { directed, sortKey } from "./order.ts";
import { refuse, type Scope, type Translator, type Typed, Untranslatable } from "./typed.ts";

/** A column of a query's result. */
export interface Output {
  /** As SQLite calls it. */
  name: string;
  typed: Typed;
}

/** One SELECT of a query, its columns still to be written: a UNION may ask for other types. */
export interface Arm {
  outputs: Output[];
  write: (columns: string[]) => string;
  scope: Scope;
  distinct: boolean;
  /** For a grouped query: as `checkGrouping` gives it. */
  settle?: () => boolean;
}

/** A term of a query's ORDER BY: a place, or an expression. */
export function orderTerm(t: Translator, term: SortedColumn, arms: Arm[], outputs: Output[]): string {
  const place = literalValue(term.expr);
  const name = term.expr.type === "Id" ? term.expr.name : term.expr.type === "NameExpr" ? term.expr.name.text : null;
  const named = name === null ? -1 : outputs.findIndex((output) => fold(output.name) === fold(name));
  const [only] = arms;
  const at = place?.class === "integer" ? Number(place.value) - 1 : named;
  if (at >= 0) {
    if (!outputs[at]) return refuse("ORDER BY a place that is not there");
    if (outputs[at]?.typed.numbers) return refuse("it orders by a column of numbers and texts");
    return directed(String(at + 1), term);
  }
  if (arms.length !== 1 || !only) return directed(String(placeInArms(t, term, arms, outputs)), term);
  const asGrouped = t.within({ ...only.scope, bare: new Set(), picked: new Map() }).value(term.expr);
  const grouped = only.outputs.findIndex(({ typed }) => typed.sql === asGrouped.sql);
  if (grouped >= 0 && !asGrouped.collation) return directed(String(grouped + 1), term);
  const value = t.within(only.scope).value(term.expr);
  const shown = only.outputs.findIndex(({ typed }) => typed.sql === value.sql);
  if (shown >= 0 && !value.collation) return directed(String(shown + 1), term);
  if (only.distinct) return refuse("SELECT DISTINCT ordered by what it does not show");
  return directed(sortKey(value), term);
}

/** The place of a result column that one of the SELECTs spells as the term does: SQLite looks through them from the left. */
function placeInArms(t: Translator, term: SortedColumn, arms: Arm[], outputs: Output[]): number {
  for (const { scope, outputs: own } of arms) {
    const sql = valueWithin(t.within(scope), term.expr);
    const place = own.findIndex(({ typed }) => typed.sql === sql);
    if (place < 0) continue;
    if (outputs[place]?.typed.numbers) return refuse("it orders by a column of numbers and texts");
    return place + 1;
  }
  return refuse("ORDER BY over a UNION by an expression");
}

/** Null where the scope does not know the names in it. */
function valueWithin(t: Translator, expr: Expr): string | null {
  try {
    const { sql, collation } = t.value(expr);
    return collation ? null : sql;
  } catch (error) {
    if (error instanceof Untranslatable) return null;
    throw error;
  }
}

export function limit({ expr, offset }: NonNullable<Select["limit"]>): string {
  const [rows, skip] = [literalValue(expr), offset ? literalValue(offset) : null];
  if (rows?.class !== "integer" || (offset && skip?.class !== "integer")) return refuse("LIMIT with an expression");
  const most = rows.value < 0n ? "" : ` LIMIT ${rows.value}`;
  return `${most}${skip?.class === "integer" && skip.value > 0n ? ` OFFSET ${skip.value}` : ""}`;
}
