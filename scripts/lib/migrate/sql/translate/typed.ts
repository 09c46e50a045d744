import type { Expr, Select } from "sqlite3-parser";
import type { Affinity } from "../../model/source.ts";
import type { ColumnType } from "../constant.ts";
import type { Value } from "../literal.ts";

/** Thrown where a translation is not known to be faithful; its message is the account's reason. */
export class Untranslatable extends Error {}

export function refuse(reason: string): never {
  throw new Untranslatable(reason);
}

/** What PostgreSQL makes of an expression. `any` is a value out of JSON, whose type only the row tells. */
export type Kind = ColumnType["convert"]["as"] | "any" | "null";

/** A column that an expression can name. */
export interface ScopeColumn {
  /** By the source's name. */
  name: string;
  /** SQL of PostgreSQL for it, without its table. */
  sql: string;
  type: ColumnType;
  affinity: Affinity | null;
  /** NOCASE and the like; BINARY where it has none. */
  collation: string;
  /** How its moments and UUIDs were written, where all were written alike. */
  form: Form | null;
  /** For text: all of it is integers in canonical form. */
  integers: boolean;
  /** For reals: none has more than 13 digits. */
  short?: true;
  /** For text that holds numbers too: some are floats of more digits, whose text SQLite writes otherwise than PostgreSQL. */
  longReals?: true;
  /** For integers: some have more than 15 digits, which a float does not print. */
  large?: true;
  /** For citext: there are letters beyond ASCII, which it folds and NOCASE does not. */
  beyondAscii?: true;
  /** Values of more than one storage class were seen. */
  mixed?: true;
  /** Only immutable SQL may be made of it, which `to_char()` is not. */
  immutable?: true;
  /** For a value out of JSON, as json_each() gives it: the column beside it that holds it as jsonb. */
  jsonb?: string;
  /** For text out of JSON: a number and its text cannot be told apart any more. */
  any?: true;
  /** For a view's column: computed with floats, as `Typed.approximate` has it. */
  approximate?: true;
  /** For a query's or a view's column, as `Typed.open` has it. */
  open?: true;
  /** Why it cannot be read, where it is there in SQLite only. */
  refused?: string;
}

/** How SQLite's text of a value that has a type of its own in PostgreSQL looked. */
export type Form = MomentForm | "lower" | "upper" | "plain32";
/** `space3` and `t3z` have milliseconds; `minutes` is a time without seconds; `t3z` ends in Z, as JavaScript and GeoPackages write it. */
export type MomentForm = "date" | "space" | "space3" | "t" | "t3z" | "time" | "minutes";

/** A translated expression. */
export interface Typed {
  /** An operand by itself: in parentheses where it is more than one token. */
  sql: string;
  kind: Kind;
  column?: ScopeColumn;
  literal?: Value;
  /** For text: numbers stand in it too, in their shortest form. */
  numbers?: boolean;
  /** Compares without regard to case (ASCII), or to trailing spaces. */
  collation?: "NOCASE" | "RTRIM" | "BINARY";
  /** For text that tells a moment: the same as timestamptz. */
  instant?: string;
  /** How a computed text writes its moment. */
  form?: Form;
  /** For texts put together by `||`: what they are made of. */
  pieces?: Typed[];
  /** For text that is always digits: the same as an integer. */
  digits?: string;
  /** Never below zero. */
  positive?: boolean;
  /** For a real: at most 13 digits, which all versions of SQLite print alike. */
  short?: true;
  /** Computed with floats, or with decimals where SQLite has floats: the last digits may differ. */
  approximate?: boolean;
  /** For `any`: the jsonb value itself. */
  jsonb?: string;
  /** For text that was `any`, as a query shows it: numbers stand in it as texts. */
  any?: true;
  /** For such a text: none of it came out of JSON. */
  scalar?: true;
  /** As `ScopeColumn.longReals` has it. */
  longReals?: true;
  /** Put together from rows in no order that anyone asked for. */
  unordered?: true;
  /** For a query's column: SQLite leaves open which row of a group it is of. */
  open?: true;
}

/** A table or view, as a FROM clause finds it. */
export interface Relation {
  /** Its name in PostgreSQL, with its schema. */
  sql: string;
  /** By folded name, in their order. */
  columns: Map<string, ScopeColumn>;
  /** What `rowid` means; null where the target has no such column. */
  rowid: ScopeColumn | null;
  /** For a table of which a row has a rowid in SQLite: its name in PostgreSQL, whatever it is called in FROM. */
  table?: string;
  /** `docid` is a name of it too, as in FTS3 and FTS4. */
  docid?: boolean;
  /** SQL names of the columns of its primary key; empty where it has none. */
  key: string[];
  /** Keys by which INSERT OR REPLACE finds the row in the way, as folded names; or why it has no translation. */
  replacing?: () => string[][] | string;
}

export interface Scope {
  tables: ScopeTable[];
  /** Names that result columns give to expressions, which SQLite lets other clauses use. By folded name. */
  aliases: Map<string, Typed>;
  /** Common table expressions, by folded name. */
  ctes: Map<string, Relation>;
  outer: Scope | null;
  /** Columns used so far outside of aggregate functions, as SQL. */
  bare: Set<string>;
  /** Within how many aggregate functions we are. */
  depth: number;
  /** Whether there was an aggregate function. */
  aggregated: boolean;
  /** Its min() and max(), by their SQL: what they are of, and whether only of some rows. */
  extremes: Map<string, { by: string; descending: boolean; filtered: boolean }>;
  /** Columns outside of GROUP BY, as SQL: what stands in their place, and whether SQLite leaves open which row's value it is. */
  picked: Map<string, { sql: string; open: boolean }>;
}

export interface ScopeTable extends Omit<Relation, "sql"> {
  /** Folded. */
  alias: string;
  /** With its quotes, as what goes before a column's name; "" where none may stand there. */
  sql: string;
  /** Columns that a join with USING took from a table before it. */
  merged: Set<string>;
}

export function openScope(outer: Scope | null, tables: ScopeTable[] = []): Scope {
  return {
    ...{ tables, outer, depth: 0, aggregated: false, bare: new Set() },
    ...{ aliases: new Map(), ctes: new Map(), extremes: new Map(), picked: new Map() },
  };
}

/** A function for what PostgreSQL has no function of; its SQL is in schema/helpers.ts. */
export type HelperName =
  | "sqlite_round"
  | "sqlite_substr"
  | "sqlite_json_valid"
  | "sqlite_json_patch"
  | "geopackage_bounds";

/** What the parts of a translation ask of each other. */
export interface Translator {
  /** The statement that the nodes point into. */
  readonly source: string;
  /** Only immutable functions: for generated columns and indexes. */
  readonly immutable: boolean;
  /** Whether texts are UTF-16 in the file, and so are their bytes. */
  readonly utf16: boolean;
  /** Whether the source is a GeoPackage, whose own functions are known. */
  readonly geopackage: boolean;
  /** Every run has to give the same rows, or they cannot be compared: for views. */
  readonly repeatable: boolean;
  /** The zone that 'localtime' meant where the application ran; null where nobody named it. */
  readonly localtime: string | null;
  readonly scope: Scope;
  value(expr: Expr): Typed;
  /** A condition as boolean SQL. */
  condition(expr: Expr): string;
  compare(left: Typed, operator: Comparison, right: Typed): Typed;
  /** A query in parentheses and what its columns are. */
  query(select: Select): { sql: string; columns: Typed[] };
  /** Runs `work` as within an aggregate function: columns used there need not be in GROUP BY. */
  aggregate<T>(work: () => T): T;
  /** The same translator in another scope. */
  within(scope: Scope): Translator;
  /** A function that the target needs for what PostgreSQL has no function of; see schema/helpers.ts. */
  helper(name: HelperName): string;
  /** A table or view of the target by the source's name. @throws {Untranslatable} */
  relation(name: string): Relation;
}

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=" | "IS" | "IS NOT";

/** The type by which a column compares as its collation says; null where it compares by bytes. */
export function collatingType({ type: { type }, collation }: ScopeColumn): "citext" | "bpchar" | null {
  if (type === "citext" && collation === "NOCASE") return type;
  return type === "bpchar" && collation === "RTRIM" ? type : null;
}

/** A column of a table in FROM as an expression. @throws {Untranslatable} where it is in SQLite only */
export function columnTyped(table: Pick<ScopeTable, "sql">, column: ScopeColumn): Typed {
  if (column.refused !== undefined) return refuse(`it reads ${column.refused}`);
  const own = (sql: string) => (table.sql === "" ? sql : `${table.sql}.${sql}`);
  const sql = own(column.sql);
  if (column.jsonb !== undefined) return { sql, kind: "any", jsonb: own(column.jsonb) };
  const { convert } = column.type;
  const extras = {
    ...(convert.numbers ? { numbers: true } : {}),
    ...(column.any ? { any: true as const } : {}),
    ...(column.short ? { short: true as const } : {}),
    ...(column.longReals ? { longReals: true as const } : {}),
    ...(column.approximate ? { approximate: true } : {}),
  };
  return { sql, kind: convert.as, column, ...extras };
}

export const isNumber = ({ kind }: Typed): boolean => kind === "integer" || kind === "real" || kind === "decimal";

export const bool = (sql: string): Typed => ({ sql: `(${sql})`, kind: "boolean" });
export const int = (sql: string, rest: Partial<Typed> = {}): Typed => ({ sql, kind: "integer", ...rest });
export const text = (sql: string, rest: Partial<Typed> = {}): Typed => ({ sql, kind: "text", ...rest });
export const real = (sql: string, rest: Partial<Typed> = {}): Typed => ({ sql, kind: "real", ...rest });

/** A literal's value where an expression is one. */
export function literalText({ literal }: Typed): string | null {
  return literal?.class === "text" ? literal.value : null;
}

export function literalInteger({ literal }: Typed): number | null {
  return literal?.class === "integer" ? Number(literal.value) : null;
}
