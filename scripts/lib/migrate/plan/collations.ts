import { account, type ColumnContext, type PlanContext, type TableContext } from "./context.ts";
import { accountKey } from "./ledger.ts";

/** The collation that a column declares, upper case; BINARY where it declares none. */
export function collationOf({ parsed }: ColumnContext): string {
  return (parsed?.collation ?? "BINARY").toUpperCase();
}

export function isText({ choice }: ColumnContext): boolean {
  return choice.convert.as === "text";
}

/** The types that compare as a collation does (docs/decisions/0221, 0223). */
export const collatingTypes: Record<string, string> = { NOCASE: "citext", RTRIM: "bpchar" };

/** Columns that compare without regard to case, or to spaces at the end, get a type that does; keys that join them, too. */
export function applyCollations(context: PlanContext): void {
  for (const { columns } of context.tables.values()) {
    for (const column of columns.values()) {
      const type = collatingTypes[collationOf(column)];
      if (type === undefined || column.choice.type !== "text") continue;
      column.choice = { ...column.choice, type, reason: `COLLATE ${collationOf(column)}; ${column.choice.reason}` };
      if (type === "citext") context.extensions.add("citext");
    }
  }
}

/** Accounts for COLLATE and gives the column's collation in the target. */
export function planCollation(context: PlanContext, table: TableContext, column: ColumnContext): string | null {
  const declared = column.parsed?.collation;
  if (declared) {
    const key = accountKey("collation", table.source.name, column.source.name);
    const [outcome, reason] = outcomeOf(column);
    context.ledger.enter(account(key, "collation", outcome, reason, { source: `COLLATE ${declared}` }));
  }
  return isText(column) && column.choice.type !== "citext" ? context.options.collation : null;
}

function outcomeOf(column: ColumnContext): ["migrated" | "translated" | "undecided", string] {
  const collation = collationOf(column);
  if (collation === "BINARY") return ["migrated", "text sorts by bytes"];
  if (!isText(column)) return ["migrated", "it tells only of texts, and the column holds none"];
  if (collation === "NOCASE") {
    return column.choice.type === "citext"
      ? ["translated", "citext: compares without regard to case, of all letters and not of ASCII's alone"]
      : ["undecided", `the column is ${column.choice.type}, which regards case`];
  }
  if (collation === "RTRIM") {
    return column.choice.type === "bpchar"
      ? ["translated", "bpchar: keeps spaces at the end, and compares without regard to them"]
      : ["undecided", `the column is ${column.choice.type}, which regards spaces at the end`];
  }
  return ["undecided", `${collation} is a collation of the application's own`];
}
