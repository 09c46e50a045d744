import type { Expr } from "sqlite3-parser";
import { fold } from "../parse.ts";
import type { Scope, ScopeTable } from "./typed.ts";

export const rowidNames = ["rowid", "_rowid_", "oid"];

/**
 * `t.rowid = new.rowid` of a table whose rowid is no column of the target: two rows of one table are the same row where they are
 * equal in its primary key. Null where the comparison is another one.
 */
export function sameRow(scope: Scope, left: Expr, right: Expr): string | null {
  const [a, b] = [rowOf(scope, left), rowOf(scope, right)];
  if (!a || !b || a.table !== b.table || a.key.length === 0) return null;
  const tests = a.key.map((column) => `${a.sql}.${column} = ${b.sql}.${column}`);
  return `(${tests.join(" AND ")})`;
}

/** The table whose rowid an expression names, as SQLite finds it; null for any other expression. */
function rowOf(scope: Scope, expr: Expr): ScopeTable | null {
  const qualified = expr.type === "QualifiedExpr";
  const name = qualified ? expr.column.text : expr.type === "Id" ? expr.name : null;
  if (name === null || !rowidNames.includes(fold(name))) return null;
  const alias = qualified ? fold(expr.table.text) : null;
  for (let at: Scope | null = scope; at; at = at.outer) {
    const table = at.tables.find((one) => alias === null || one.alias === alias);
    if (table) return table.table === undefined || table.rowid || table.columns.has(fold(name)) ? null : table;
  }
  return null;
}
