import { quoteName } from "../../db/sqlite/names.ts";
import type { SourceFile, SqlValue } from "../../db/sqlite/open.ts";
import type { SourceTable } from "../model/source.ts";

const rowsLookedAt = 50;
const mostSamples = 5;
const longestSample = 60;

/** Up to five different values of each column from the first rows, as SQL literals that a person can read. */
export function readSamples(source: SourceFile, table: SourceTable): string[][] {
  const columns = table.columns.map(({ name }) => {
    const c = quoteName(name);
    return `CASE typeof(${c}) WHEN 'text' THEN substr(${c}, 1, ${longestSample}) WHEN 'blob' THEN substr(${c}, 1, ${longestSample}) ELSE ${c} END`;
  });
  const rows = source.prepare(`SELECT ${columns.join(", ")} FROM ${quoteName(table.name)} LIMIT ${rowsLookedAt}`).all();
  return table.columns.map((_, i) => {
    const values = rows.map((row) => row[i] ?? null).filter((value) => value !== null);
    return [...new Set(values.map(literal))].slice(0, mostSamples);
  });
}

function literal(value: Exclude<SqlValue, null>): string {
  if (typeof value === "string") return shorten(`'${value.replaceAll("'", "''").replaceAll("\0", "\u2400")}'`);
  if (typeof value === "object") return shorten(`x'${Buffer.from(value).toString("hex")}'`);
  if (typeof value === "bigint") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const shorten = (text: string) => (text.length <= longestSample ? text : `${text.slice(0, longestSample - 2)}…'`);
