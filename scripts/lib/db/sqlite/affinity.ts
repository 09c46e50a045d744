import type { Affinity } from "../../migrate/model/source.ts";

/** The affinity that SQLite gives a column by its declared type: https://sqlite.org/datatype3.html#determination_of_column_affinity. */
export function affinityOf(declaredType: string, strict: boolean): Affinity {
  const type = declaredType.toUpperCase();
  if (strict && type === "ANY") return "blob";
  if (type.includes("INT")) return "integer";
  if (/CHAR|CLOB|TEXT/.test(type)) return "text";
  if (type === "" || type.includes("BLOB")) return "blob";
  if (/REAL|FLOA|DOUB/.test(type)) return "real";
  return "numeric";
}
