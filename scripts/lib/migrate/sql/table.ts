import type {
  ColumnDefinition,
  DeferSubclause,
  Expr,
  ForeignKeyClause,
  ResolveType,
  SortedColumn,
} from "sqlite3-parser";
import { fold, parseAs, textOf } from "./parse.ts";

/** What a CREATE TABLE says beyond what SQLite's pragmas tell. Names of constraints are null where there are none. */
export interface ParsedTable {
  /** The statement; the nodes below point into it. */
  sql: string;
  /** By folded name. */
  columns: Map<string, ParsedColumn>;
  primary: ParsedKey | null;
  /** In the order of their declaration. */
  uniques: ParsedKey[];
  checks: ParsedCheck[];
  foreignKeys: ParsedForeignKey[];
}

export interface ParsedColumn {
  collation: string | null;
  default: Expr | null;
  generated: { expr: Expr; text: string } | null;
  /** Of NOT NULL. */
  notNullConflict: Conflict | null;
}

/** What to do with a row that breaks the constraint; null where the declaration leaves it at ABORT. */
export type Conflict = ResolveType;

export interface ParsedKey {
  name: string | null;
  parts: { column: string | null; collation: string | null; descending: boolean }[];
  conflict: Conflict | null;
  text: string;
}

export interface ParsedCheck {
  name: string | null;
  expr: Expr;
  text: string;
  conflict: Conflict | null;
}

export interface ParsedForeignKey {
  name: string | null;
  columns: string[];
  parent: string;
  deferrable: boolean;
  initiallyDeferred: boolean;
  text: string;
}

/** Reads a stored CREATE TABLE. @returns null where it cannot be read (a virtual table, or SQL that SQLite itself refuses) */
export function parseTable(sql: string): ParsedTable | null {
  const parsed = parseAs("CreateTableStmt", sql);
  const body = parsed?.stmt.body;
  if (body?.type !== "ColumnsAndConstraintsCreateTableBody") return null;
  const table: ParsedTable = { sql, columns: new Map(), primary: null, uniques: [], checks: [], foreignKeys: [] };
  for (const column of body.columns) addColumn(table, column);
  for (const { name, constraint } of body.constraints ?? []) {
    const common = { name: name?.text ?? null, text: textOf(sql, constraint) };
    if (constraint.type === "CheckTableConstraint") {
      table.checks.push({ ...common, expr: constraint.expr, conflict: constraint.conflictClause ?? null });
    } else if (constraint.type === "ForeignKeyTableConstraint") {
      const columns = constraint.columns.map(({ colName }) => colName.text);
      table.foreignKeys.push({ ...common, ...foreignKey(columns, constraint.clause, constraint.deferClause) });
    } else {
      const key = { ...common, parts: constraint.columns.map(keyPart), conflict: constraint.conflictClause ?? null };
      if (constraint.type === "PrimaryKeyTableConstraint") table.primary = key;
      else table.uniques.push(key);
    }
  }
  return table;
}

function addColumn(table: ParsedTable, { colName, constraints }: ColumnDefinition): void {
  const column: ParsedColumn = { collation: null, default: null, generated: null, notNullConflict: null };
  const own = (descending = false) => [{ column: colName.text, collation: null, descending }];
  for (const { name, constraint } of constraints) {
    const common = { name: name?.text ?? null, text: textOf(table.sql, constraint) };
    switch (constraint.type) {
      case "PrimaryKeyColumnConstraint":
        table.primary = {
          ...common,
          parts: own(constraint.order === "Desc"),
          conflict: constraint.conflictClause ?? null,
        };
        break;
      case "UniqueColumnConstraint":
        table.uniques.push({ ...common, parts: own(), conflict: constraint.conflictClause ?? null });
        break;
      case "CheckColumnConstraint":
        table.checks.push({ ...common, expr: constraint.expr, conflict: null });
        break;
      case "ForeignKeyColumnConstraint":
        table.foreignKeys.push({ ...common, ...foreignKey([colName.text], constraint.clause, constraint.deferClause) });
        break;
      case "DeferColumnConstraint": {
        // The grammar gives the clause after REFERENCES … as a constraint of its own; it belongs to the last one.
        const last = table.foreignKeys.at(-1);
        if (last) Object.assign(last, deferral(constraint.clause));
        break;
      }
      case "NotNullColumnConstraint":
        column.notNullConflict = constraint.conflictClause ?? null;
        break;
      case "CollateColumnConstraint":
        column.collation = constraint.collationName.text;
        break;
      case "DefaultColumnConstraint":
        column.default = constraint.expr;
        break;
      case "GeneratedColumnConstraint":
        column.generated = { expr: constraint.expr, text: textOf(table.sql, constraint.expr) };
        break;
    }
  }
  table.columns.set(fold(colName.text), column);
}

function foreignKey(columns: string[], clause: ForeignKeyClause, defer: DeferSubclause | undefined) {
  return { columns, parent: clause.tblName.text, ...deferral(defer) };
}

function deferral(clause: DeferSubclause | undefined) {
  const deferrable = clause?.deferrable ?? false;
  return { deferrable, initiallyDeferred: deferrable && clause?.initDeferred === "InitiallyDeferred" };
}

/** A key's part names a column, perhaps with COLLATE around it. */
function keyPart({ expr, order }: SortedColumn): ParsedKey["parts"][number] {
  const collation = expr.type === "CollateExpr" ? expr.collation : null;
  const inner = expr.type === "CollateExpr" ? expr.expr : expr;
  return { column: columnName(inner), collation, descending: order === "Desc" };
}

/** The column that an expression names plainly; a string names one too where SQLite expects a column. */
export function columnName(expr: Expr): string | null {
  if (expr.type === "Id") return expr.name;
  if (expr.type === "NameExpr") return expr.name.text;
  return expr.type === "StringLiteral" ? expr.value : null;
}
