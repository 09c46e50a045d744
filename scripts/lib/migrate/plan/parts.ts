import { quoteIdentifier } from "../../db/postgres/identifiers.ts";
import { wholeText } from "../sql/translate/coerce.ts";
import { collationOf, isText } from "./collations.ts";
import type { ColumnContext } from "./context.ts";

/** A column as part of a key or an index: SQL for its place in parentheses. */
export interface Part {
  sql: string;
  /** A plain column, as a constraint needs it; an expression does for an index only. */
  plain: boolean;
  /** From the largest to the smallest; only of an index. */
  descending?: true;
  /** What differs, for the account; "" where nothing does. */
  note: string;
  /** Bytes of its longest value, as far as an index cares. */
  bytes: number;
}

/**
 * @param collation of the part itself, where it has one of its own
 * @param unique for a key: citext would take two letters beyond ASCII for one, where SQLite tells them apart
 */
export function partOf(column: ColumnContext, collation: string | null, unique: boolean): Part {
  const name = quoteIdentifier(column.named.name);
  const wanted = (collation ?? collationOf(column)).toUpperCase();
  const bytes = Math.max(column.profile?.texts?.maxBytes ?? 0, column.profile?.blobs?.maxBytes ?? 0, 8);
  const plain = { sql: name, plain: true, note: "", bytes };
  if (!isText(column)) return plain;
  const folds = column.choice.type === "citext";
  const trims = column.choice.type === "bpchar";
  const text = folds ? `${name}::text` : trims ? wholeText(name) : name;
  if (wanted === "NOCASE") {
    const beyond = unique && (column.profile?.texts?.nonAscii ?? 0) > 0;
    if (folds && !beyond) return plain;
    const note = folds ? "lower() of ASCII letters alone, as NOCASE has it" : "lower() as NOCASE";
    return { ...plain, sql: `lower(${text} COLLATE "C")`, plain: false, note };
  }
  if (wanted === "RTRIM") {
    return trims ? plain : { ...plain, sql: `rtrim(${text}, ' ')`, plain: false, note: "rtrim() as RTRIM" };
  }
  if (!folds && !trims) return plain;
  const regards = folds ? "case" : "spaces at the end";
  return { ...plain, sql: `(${text} COLLATE "C")`, plain: false, note: `as text, which regards ${regards}` };
}

/** Most bytes that an entry of a B-tree may have: a third of a page of 8 KB, less what else is in it. */
const maxEntry = 2600;

/**
 * Makes parts fit into an index whose values are too long for one: the long ones by their digest.
 * Equality stays exact as far as MD5 does; an order is lost, which a unique index does not need.
 */
export function fitParts(parts: Part[]): { parts: Part[]; digested: boolean } {
  let total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxEntry) return { parts, digested: false };
  const fitted = [...parts];
  for (const part of [...parts].sort((a, b) => b.bytes - a.bytes)) {
    if (total <= maxEntry) break;
    // Without its direction: of a digest, the order says nothing.
    fitted[parts.indexOf(part)] = { sql: `md5(${part.sql})`, plain: false, note: "MD5 of its long values", bytes: 32 };
    total -= part.bytes - 32;
  }
  return { parts: fitted, digested: true };
}

export const partList = (parts: Part[]): string =>
  parts.map(({ sql, descending }) => (descending ? `${sql} DESC` : sql)).join(", ");

export function partNotes(parts: Part[]): string {
  return [...new Set(parts.map(({ note }) => note).filter((note) => note !== ""))].join(", ");
}
