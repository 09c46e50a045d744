import type { SortedColumn } from "sqlite3-parser";
import { asText } from "./coerce.ts";
import { collatingType, refuse, type Translator, type Typed } from "./typed.ts";

/** A term of ORDER BY: NULLs are the smallest values there, and the largest here. */
export function orderTerm(t: Translator, column: SortedColumn): string {
  return directed(sortKey(t.value(column.expr)), column);
}

export function directed(sql: string, { order, nulls }: SortedColumn): string {
  const last = nulls ? nulls === "Last" : order === "Desc";
  return `${sql}${order === "Desc" ? " DESC" : ""} NULLS ${last ? "LAST" : "FIRST"}`;
}

export function sortKey(value: Typed): string {
  if (value.numbers) return refuse("it orders by a column of numbers and texts");
  if (value.collation === "NOCASE") return `lower(${asText(value)} COLLATE "C")`;
  if (value.collation === "RTRIM") return `rtrim(${asText(value)}, ' ')`;
  if (value.kind !== "text" || (value.column && collatingType(value.column) === "citext")) return value.sql;
  return value.column && collatingType(value.column) ? `${value.sql} COLLATE "C"` : `${asText(value)} COLLATE "C"`;
}
