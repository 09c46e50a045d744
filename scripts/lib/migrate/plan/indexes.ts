import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { SourceIndex } from "../model/source.ts";
import { parseAs } from "../sql/parse.ts";
import { account, addObject, columnOf, type PlanContext, type TableContext, tableOf } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { fitParts, type Part, partList, partNotes, partOf } from "./parts.ts";
import { notes } from "./tables.ts";

/** Every index of the source, in the catalog's order. */
export function planIndexes(context: PlanContext): void {
  for (const index of context.catalog.indexes) planIndex(context, index);
}

function planIndex(context: PlanContext, index: SourceIndex): void {
  const key = accountKey("index", index.name);
  const text = { source: index.sql ?? "" };
  const enter = (outcome: "migrated" | "undecided", reason: string) =>
    context.ledger.enter(account(key, "index", outcome, reason, text));
  if (index.sql === null) {
    enter(
      "migrated",
      `what SQLite keeps for a ${index.origin === "primary" ? "primary key" : "UNIQUE"}: PostgreSQL makes its own`,
    );
    return;
  }
  const table = tableOf(context, index.table);
  if (!table) {
    enter("undecided", `its table ${index.table} is not moved`);
    return;
  }
  const made = makeParts(table, index);
  if (typeof made === "string") {
    enter("undecided", made);
    return;
  }
  const { name, note } = context.relations.give(index.name);
  const fitted = fitParts(made);
  const on = quoteQualified(context.options.schema, table.named.name);
  const sql = `CREATE ${index.unique ? "UNIQUE " : ""}INDEX ${quoteIdentifier(name)} ON ${on} (${partList(fitted.parts)})`;
  const changes = partNotes(fitted.parts);
  const reason = notes("an index", changes, note);
  const entry = account(key, "index", changes === "" ? "migrated" : "translated", reason, { ...text, target: sql });
  addObject(context, entry, { kind: "index", name, sql: [sql] });
}

/** The parts of an index, or why it cannot be made. */
function makeParts(table: TableContext, index: SourceIndex): Part[] | string {
  if (!parseAs("CreateIndexStmt", index.sql ?? "")) return "its SQL cannot be read";
  if (index.partial) return "it is partial: its condition is not translated";
  const parts: Part[] = [];
  for (const { column, descending, collation } of index.parts) {
    if (column === null) return "it is over an expression that is not translated";
    const found = columnOf(table, column);
    if (!found) return `its column ${column} is not moved`;
    const part = partOf(found, collation);
    parts.push(descending ? { ...part, sql: `${part.sql} DESC` } : part);
  }
  return parts;
}
