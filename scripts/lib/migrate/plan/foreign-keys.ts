import { counted } from "../../cli/table.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { SourceForeignKey } from "../model/source.ts";
import { fold } from "../sql/parse.ts";
import type { ParsedForeignKey } from "../sql/table.ts";
import {
  account,
  addConstraint,
  type ColumnContext,
  columnOf,
  type PlanContext,
  type TableContext,
  tableOf,
} from "./context.ts";
import { keySignature } from "./keys.ts";
import { accountKey } from "./ledger.ts";
import { notes } from "./tables.ts";

const actions = ["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"];

/** Foreign keys of a table; those whose other end PostgreSQL would not take are undecided, each with its reason. */
export function planForeignKeys(context: PlanContext, table: TableContext): void {
  for (const foreignKey of table.source.foreignKeys) planForeignKey(context, table, foreignKey);
}

function planForeignKey(context: PlanContext, table: TableContext, foreignKey: SourceForeignKey): void {
  const key = accountKey("foreign key", table.source.name, foreignKey.id);
  const declared = declarationOf(table, foreignKey);
  const text = { source: declared?.text ?? `(${foreignKey.columns.join(", ")}) REFERENCES ${foreignKey.parent}` };
  const ends = endsOf(context, table, foreignKey);
  if (typeof ends === "string") {
    context.ledger.enter(account(key, "foreign key", "undecided", ends, text));
    return;
  }
  const { parent, columns, parentColumns } = ends;
  const list = (all: ColumnContext[]) => all.map(({ named }) => quoteIdentifier(named.name)).join(", ");
  const sql = [
    `FOREIGN KEY (${list(columns)}) REFERENCES ${quoteQualified(context.options.schema, parent.named.name)} (${list(parentColumns)})`,
    ...(actions.includes(foreignKey.onUpdate) ? [`ON UPDATE ${foreignKey.onUpdate}`] : []),
    ...(actions.includes(foreignKey.onDelete) ? [`ON DELETE ${foreignKey.onDelete}`] : []),
    ...(declared?.deferrable ? [`DEFERRABLE INITIALLY ${declared.initiallyDeferred ? "DEFERRED" : "IMMEDIATE"}`] : []),
  ].join(" ");
  const broken = context.options.violations
    .filter((found) => fold(found.table) === fold(table.source.name) && found.foreignKey === foreignKey.id)
    .reduce((sum, { rows }) => sum + rows, 0);
  const usual = `${table.named.name}_${columns.map(({ named }) => named.name).join("_")}_fkey`;
  const { name, note } = table.constraintNames.give(declared?.name ?? usual);
  const reason =
    broken === 0
      ? "a foreign key"
      : `${counted(broken, "row of the source breaks", "rows of the source break")} it: new rows are checked, what is there stays (NOT VALID)`;
  const outcome = broken === 0 ? "migrated" : "translated";
  const entry = account(key, "foreign key", outcome, notes(reason, declared?.name ? note : ""), {
    ...text,
    target: sql,
  });
  addConstraint(context, table, entry, { name, kind: "foreign", sql, validate: broken === 0 });
}

/** SQLite numbers foreign keys from the last one declared. */
function declarationOf({ parsed, source }: TableContext, { id }: SourceForeignKey): ParsedForeignKey | undefined {
  if (!parsed || parsed.foreignKeys.length !== source.foreignKeys.length) return undefined;
  return parsed.foreignKeys[parsed.foreignKeys.length - 1 - id];
}

interface Ends {
  parent: TableContext;
  columns: ColumnContext[];
  parentColumns: ColumnContext[];
}

/** Both ends of a foreign key, or why it cannot be made. */
function endsOf(context: PlanContext, table: TableContext, foreignKey: SourceForeignKey): Ends | string {
  const parent = tableOf(context, foreignKey.parent);
  if (!parent) return `there is no table ${foreignKey.parent}`;
  const parentNames = foreignKey.parentColumns.length > 0 ? foreignKey.parentColumns : parent.source.primaryKey;
  const columns = foreignKey.columns.map((name) => columnOf(table, name));
  const parentColumns = parentNames.map((name) => columnOf(parent, name));
  if (parentNames.length === 0) return `${foreignKey.parent} has no primary key`;
  if (parentNames.length !== columns.length) return "its two ends have different numbers of columns";
  const missing = parentNames.find((_, i) => !parentColumns[i]);
  if (missing !== undefined) return `${foreignKey.parent} has no column ${missing}`;
  const ends = { parent, columns: columns.filter((c) => !!c), parentColumns: parentColumns.filter((c) => !!c) };
  if (ends.columns.length !== foreignKey.columns.length) return "a column of it is not moved";
  const unlike = ends.columns.findIndex((column, i) => !alike(column, ends.parentColumns[i]));
  if (unlike >= 0) {
    const [child, other] = [ends.columns[unlike], ends.parentColumns[unlike]];
    return `${child?.source.name} is ${child?.choice.type}, but ${parent.source.name}.${other?.source.name} is ${other?.choice.type}`;
  }
  if (!isKey(parent, ends.parentColumns))
    return `${parent.source.name} (${parentNames.join(", ")}) is not unique there`;
  return ends;
}

/** Types that PostgreSQL compares by one operator of an index. */
function alike(a: ColumnContext, b: ColumnContext | undefined): boolean {
  const base = (type: string) => type.replace(/\(.*/, "");
  const [one, other] = [base(a.choice.type), base(b?.choice.type ?? "")];
  const family = (type: string) =>
    /^(smallint|integer|bigint)$/.test(type) ? "integer" : type === "varchar" ? "text" : type;
  return family(one) === family(other);
}

/** Whether a constraint of the parent's is over exactly these columns, in whatever order. */
function isKey(parent: TableContext, columns: ColumnContext[]): boolean {
  return parent.keys.has(keySignature(columns));
}
