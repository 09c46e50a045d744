import { type AstNode, type Expr, type Stmt, withOptions } from "sqlite3-parser";

/** The parser is SQLite's own grammar (docs/decisions/0220). Digits may be parted by "_", as SQLite 3.46 and later allow. */
const parser = withOptions({ digitSeparator: "_" });

/** A statement of SQLite and the text that its nodes point into. */
export interface Parsed<S extends Stmt = Stmt> {
  sql: string;
  stmt: S;
}

/** Parses one statement of the type that is expected there. @returns null where it cannot be read as that */
export function parseAs<T extends Stmt["type"]>(type: T, sql: string): Parsed<Extract<Stmt, { type: T }>> | null {
  const result = parser.parseStmt(sql);
  if (result.status !== "ok" || result.root.type !== type) return null;
  return { sql, stmt: result.root as Extract<Stmt, { type: T }> };
}

/** Parses an expression, such as a column's default. @returns null where it is none */
export function parseExpression(sql: string): { sql: string; expr: Expr } | null {
  const text = `SELECT (${sql}\n)`;
  const parsed = parseAs("SelectStmt", text);
  const select = parsed?.stmt.body.select;
  if (!parsed || select?.type !== "SelectFrom" || select.columns.length !== 1) return null;
  const [column] = select.columns;
  if (column?.type !== "ExprResultColumn" || column.expr.type !== "ParenthesizedExpr") return null;
  const [expr] = column.expr.exprs;
  return expr ? { sql: text, expr } : null;
}

/** The source's text of a node, comments and all. */
export function textOf(sql: string, node: AstNode): string {
  return sql.slice(node.span.offset, node.span.offset + node.span.length);
}

/** How an identifier is quoted in the source: SQLite reads `"x"` as a string where no column has that name. */
export function isDoubleQuoted(sql: string, node: AstNode): boolean {
  return sql[node.span.offset] === '"';
}

/** Names compare in SQLite without regard to the case of ASCII letters, and of those alone. */
export function fold(name: string): string {
  return !/[A-Z]/.test(name) ? name : name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
