import type { Expr, FromClause, SelectFrom } from "sqlite3-parser";
import { fold } from "../parse.ts";
import { collatingType, type ScopeTable, type Translator, type Typed } from "./typed.ts";

/** `a = b` of two columns, as SQL. */
type Equality = [string, string];

interface Equalities {
  /** Those that every row of the result fulfils. */
  always: Equality[];
  /** By the alias of a table behind a LEFT JOIN: the whole of its ON, where that is nothing but such equalities. */
  outer: Map<string, Equality[]>;
}

/**
 * Whether a column has one value within a group: it is in GROUP BY, equal to such a column, or of a table whose key has one value
 * there, as `l.name` in `JOIN l ON l.id = s.l GROUP BY s.l`.
 * @param groups SQL of GROUP BY's terms
 */
export function dependsOn(t: Translator, select: SelectFrom, groups: string[]): (sql: string) => boolean {
  const { always, outer } = select.from ? equalities(t, select.from, select.whereClause) : none;
  const known = new Set(groups);
  const whole = new Set<ScopeTable>();
  const isKnown = (sql: string) => known.has(sql) || [...whole].some((table) => sql.startsWith(`${table.sql}.`));
  const fixed = (column: string, pairs: Equality[]) =>
    isKnown(column) || pairs.some(([a, b]) => (a === column && isKnown(b)) || (b === column && isKnown(a)));
  for (let before = -1; before !== known.size + whole.size; ) {
    before = known.size + whole.size;
    for (const [a, b] of always) {
      if (isKnown(a)) known.add(b);
      if (isKnown(b)) known.add(a);
    }
    for (const table of t.scope.tables) {
      const pairs = outer.get(table.alias) ?? always;
      if (table.key.length > 0 && table.key.every((column) => fixed(`${table.sql}.${column}`, pairs))) whole.add(table);
    }
  }
  return isKnown;
}

const none: Equalities = { always: [], outer: new Map() };

function equalities(t: Translator, from: FromClause, where: Expr | undefined): Equalities {
  const found: Equalities = { always: [], outer: new Map() };
  const joins = from.joins ?? [];
  const kinds = joins.map(({ operator }) => (operator.type === "CommaJoinOperator" ? 0 : (operator.joinType ?? 0)));
  // Parser's bits: 8 for LEFT, 16 for RIGHT, which FULL has too.
  if (kinds.some((kind) => (kind & 16) !== 0)) return none;
  joins.forEach(({ constraint, table }, i) => {
    const alias = "alias" in table ? table.alias?.name.text : undefined;
    const name = alias ?? (table.type === "TableSelectTable" ? table.tblName.objName.text : null);
    const parts = constraint?.type === "OnJoinConstraint" ? conjuncts(constraint.expr) : [];
    const pairs = parts.map((part) => equality(t, part));
    const sure = pairs.filter((pair) => pair !== null);
    if (((kinds[i] ?? 0) & 8) === 0) found.always.push(...sure);
    else if (name !== null) found.outer.set(fold(name), sure.length === pairs.length ? sure : []);
  });
  const filters = where ? conjuncts(where).map((part) => equality(t, part)) : [];
  found.always.push(...filters.filter((pair) => pair !== null));
  return found;
}

function conjuncts(expr: Expr): Expr[] {
  if (expr.type === "ParenthesizedExpr" && expr.exprs.length === 1 && expr.exprs[0]) return conjuncts(expr.exprs[0]);
  return expr.type === "BinaryExpr" && expr.op === "And" ? [...conjuncts(expr.left), ...conjuncts(expr.right)] : [expr];
}

function equality(t: Translator, expr: Expr): Equality | null {
  if (expr.type !== "BinaryExpr" || expr.op !== "Equals" || !isName(expr.left) || !isName(expr.right)) return null;
  const [left, right] = [t.value(expr.left), t.value(expr.right)];
  return exact(left) && exact(right) && left.kind === right.kind ? [left.sql, right.sql] : null;
}

const isName = ({ type }: Expr): boolean => type === "Id" || type === "QualifiedExpr";

/** A column that is equal only where it is the same, byte by byte. */
const exact = ({ column, kind, numbers }: Typed): boolean =>
  column !== undefined &&
  collatingType(column) === null &&
  !numbers &&
  ["integer", "text", "uuid", "date"].includes(kind);
