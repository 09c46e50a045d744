import type { Expr, Select } from "sqlite3-parser";
import { quoteIdentifier, quoteQualified } from "../../../db/postgres/identifiers.ts";
import { fold } from "../parse.ts";
import { asCondition } from "./coerce.ts";
import { compare } from "./compare.ts";
import { translate } from "./expression.ts";
import { refuseOpen, shownAs } from "./grouping.ts";
import { rowidNames } from "./rowid.ts";
import { translateSelect } from "./select.ts";
import {
  type Comparison,
  columnTyped,
  type HelperName,
  openScope,
  type Relation,
  refuse,
  type Scope,
  type ScopeColumn,
  type ScopeTable,
  type Translator,
  type Typed,
} from "./typed.ts";

export interface TranslatorOptions {
  /** The statement that the nodes point into. */
  source: string;
  immutable?: boolean;
  geopackage?: boolean;
  utf16?: boolean;
  repeatable?: boolean;
  localtime?: string | null;
  /** Finds a table or view. @throws {Untranslatable} where it is not moved */
  relation?: (name: string) => Relation;
  /** Schema of the target, where helpers stand. */
  schema?: string;
}

/** A translator for expressions over the given tables; `tables` is empty for a default or a view's query. */
export function openTranslator(options: TranslatorOptions, tables: ScopeTable[] = []): Translator {
  return new SqlTranslator(
    {
      source: options.source,
      immutable: options.immutable ?? false,
      geopackage: options.geopackage ?? false,
      utf16: options.utf16 ?? false,
      repeatable: options.repeatable ?? false,
      localtime: options.localtime ?? null,
      schema: options.schema ?? "public",
      relation: options.relation ?? ((name) => refuse(`it reads ${name}, which nothing may here`)),
    },
    openScope(null, tables),
  );
}

class SqlTranslator implements Translator {
  readonly scope: Scope;
  readonly #options: Required<TranslatorOptions>;

  constructor(options: Required<TranslatorOptions>, scope: Scope) {
    this.#options = options;
    this.scope = scope;
  }

  get source(): string {
    return this.#options.source;
  }

  get immutable(): boolean {
    return this.#options.immutable;
  }

  get utf16(): boolean {
    return this.#options.utf16;
  }

  get geopackage(): boolean {
    return this.#options.geopackage;
  }

  get repeatable(): boolean {
    return this.#options.repeatable;
  }

  get localtime(): string | null {
    return this.#options.localtime;
  }

  value(expr: Expr): Typed {
    return translate(this, expr, (table, name) => lookUp(this.scope, table, name));
  }

  condition(expr: Expr): string {
    return asCondition(this.value(expr));
  }

  compare(left: Typed, operator: Comparison, right: Typed): Typed {
    return compare(left, operator, right);
  }

  query(select: Select): { sql: string; columns: Typed[] } {
    const { sql, outputs } = translateSelect(this, select);
    if (outputs.some(({ typed }) => typed.open)) refuseOpen("a query as a value");
    return { sql: `(${sql})`, columns: outputs.map(({ typed }) => typed) };
  }

  aggregate<T>(work: () => T): T {
    this.scope.aggregated = true;
    this.scope.depth++;
    try {
      return work();
    } finally {
      this.scope.depth--;
    }
  }

  within(scope: Scope): Translator {
    return new SqlTranslator(this.#options, scope);
  }

  helper(name: HelperName): string {
    return quoteQualified(this.#options.schema, name);
  }

  relation(name: string): Relation {
    return this.#options.relation(name);
  }
}

/** A column by its name, in the innermost query that has one; then what a result column is called. */
function lookUp(scope: Scope, table: string | null, name: string): Typed | null {
  const folded = fold(name);
  const wanted = table === null ? null : fold(table);
  for (const candidate of scope.tables) {
    if (wanted !== null && candidate.alias !== wanted) continue;
    if (wanted === null && candidate.merged.has(folded)) continue;
    const column = candidate.columns.get(folded) ?? rowid(candidate, folded);
    if (column) return use(scope, candidate, column);
  }
  if (wanted === null) {
    const alias = scope.aliases.get(folded);
    if (alias) return alias;
  }
  return scope.outer ? lookUp(scope.outer, table, name) : null;
}

function rowid({ rowid: column, columns, docid }: ScopeTable, name: string): ScopeColumn | null {
  const names = [...rowidNames, ...(docid ? ["docid"] : [])];
  if (!names.includes(name) || columns.size === 0) return null;
  return column;
}

function use(scope: Scope, table: ScopeTable, column: ScopeColumn): Typed {
  const typed = columnTyped(table, column);
  const shown = shownAs(scope, typed);
  if (scope.depth === 0 && shown === typed) scope.bare.add(typed.sql);
  return shown;
}

/** A relation under a name, as FROM puts it into a scope. */
export function scopeTable(relation: Relation, name: string, sql = quoteIdentifier(name)): ScopeTable {
  return { ...relation, alias: fold(name), sql, merged: new Set() };
}
