import type { Account, ConstraintPlan, ObjectPlan } from "../model/plan.ts";
import type { ColumnProfile, TableProfile } from "../model/profile.ts";
import type { Snapshot } from "../model/results.ts";
import type { SourceCatalog, SourceColumn, SourceTable } from "../model/source.ts";
import { fold } from "../sql/parse.ts";
import type { ParsedColumn, ParsedTable } from "../sql/table.ts";
import type { Relation, ScopeColumn } from "../sql/translate/typed.ts";
import type { Framework } from "./conventions.ts";
import type { Ledger } from "./ledger.ts";
import type { Mapping } from "./mapping.ts";
import type { Named, Names, Naming } from "./names.ts";
import type { TypeChoice } from "./types/choice.ts";

export interface PlanOptions {
  naming?: Naming;
  schema?: string;
  /** Collation for text, as SQL; null where the database's own sorts by bytes, as SQLite does. */
  collation?: string | null;
  /** The zone that 'localtime' means; null where nobody named it. */
  localtime?: string | null;
  /** Foreign keys that the source itself breaks, from its snapshot. */
  violations?: Snapshot["foreignKeyViolations"];
}

/** All that the parts of planning share. */
export interface PlanContext {
  catalog: SourceCatalog;
  mapping: Mapping;
  options: Required<PlanOptions>;
  framework: Framework;
  ledger: Ledger;
  /** Tables, indexes, views, sequences and keys share one namespace in a schema of PostgreSQL. */
  relations: Names;
  /** Functions have a namespace of their own; a trigger is called like its function. */
  functions: Names;
  tables: Map<string, TableContext>;
  /** Views by folded name; the call translates one where that is still to be done. */
  views: Map<string, () => Relation>;
  /** Full-text indexes without a table of their own in the target, by folded name: triggers that feed them have nothing to do. */
  external: Set<string>;
  extensions: Set<string>;
  objects: ObjectPlan[];
}

export interface TableContext {
  source: SourceTable;
  profile: TableProfile | undefined;
  parsed: ParsedTable | null;
  named: Named;
  /** By folded name, in their order. */
  columns: Map<string, ColumnContext>;
  constraints: ConstraintPlan[];
  /** What foreign keys can refer to: the columns of each key that is a constraint, as keys.ts signs them. */
  keys: Set<string>;
  /** Names of checks, foreign keys and the like. */
  constraintNames: Names;
  /** What `rowid` means where no column of the source is it: the key of a full-text index. */
  rowid: ScopeColumn | null;
}

export interface ColumnContext {
  source: SourceColumn;
  profile: ColumnProfile | undefined;
  parsed: ParsedColumn | undefined;
  named: Named;
  choice: TypeChoice;
  identity: boolean;
}

export function tableOf(context: PlanContext, name: string): TableContext | undefined {
  return context.tables.get(fold(name));
}

export function columnOf(table: TableContext, name: string): ColumnContext | undefined {
  return table.columns.get(fold(name));
}

/** Fields of an account that most callers leave at their usual values. */
export function account(
  key: string,
  kind: string,
  outcome: Account["outcome"],
  reason: string,
  rest: { source?: string; target?: string | null } = {},
): Account {
  return { key, kind, source: rest.source ?? "", outcome, target: rest.target ?? null, reason };
}

/** Enters the account of a constraint and, unless it is waived, adds it to its table. */
export function addConstraint(
  context: PlanContext,
  table: TableContext,
  entry: Account,
  constraint: Omit<ConstraintPlan, "account">,
): boolean {
  const made = context.ledger.enter(entry);
  if (made) table.constraints.push({ ...constraint, account: entry.key });
  return made;
}

/** Enters the account of an object that is made after the data and, unless it is waived, adds it to the plan. */
export function addObject(context: PlanContext, entry: Account, object: Omit<ObjectPlan, "account">): boolean {
  const made = context.ledger.enter(entry);
  if (made) context.objects.push({ ...object, account: entry.key });
  return made;
}
