import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { SourceIndex } from "../model/source.ts";
import { parseAs } from "../sql/parse.ts";
import { refuse, type Typed } from "../sql/translate/typed.ts";
import { account, addObject, columnOf, type PlanContext, type TableContext, tableOf } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { fitParts, type Part, partList, partNotes, partOf } from "./parts.ts";
import { attempt, isRefused, tableTranslator } from "./relations.ts";
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
  const byHand = context.mapping.translate[key];
  if (byHand) {
    const sql = [byHand].flat();
    addObject(context, account(key, "index", "translated", "by the mapping", { ...text, target: sql.join("; ") }), {
      kind: "index",
      name: index.name,
      sql,
    });
    return;
  }
  const made = attempt(() => makeParts(context, table, index));
  if (isRefused(made)) {
    enter("undecided", made.refused);
    return;
  }
  const { name, note } = context.relations.give(index.name);
  const fitted = fitParts(made.parts);
  const on = quoteQualified(context.options.schema, table.named.name);
  const where = made.where === null ? "" : ` WHERE ${made.where}`;
  const sql = `CREATE ${index.unique ? "UNIQUE " : ""}INDEX ${quoteIdentifier(name)} ON ${on} (${partList(fitted.parts)})${where}`;
  const changes = notes(partNotes(fitted.parts), made.where === null ? "" : "its condition is translated");
  const reason = notes("an index", changes, note);
  const entry = account(key, "index", changes === "" ? "migrated" : "translated", reason, { ...text, target: sql });
  addObject(context, entry, { kind: "index", name, sql: [sql] });
}

/** The parts of an index and its condition. @throws {Untranslatable} */
function makeParts(
  context: PlanContext,
  table: TableContext,
  index: SourceIndex,
): { parts: Part[]; where: string | null } {
  const parsed = parseAs("CreateIndexStmt", index.sql ?? "") ?? refuse("its SQL cannot be read");
  const t = tableTranslator(context, table, parsed.sql, true);
  const parts = parsed.stmt.columns.map(({ expr, order }, i): Part => {
    const declared = index.parts[i];
    const column = declared?.column == null ? undefined : columnOf(table, declared.column);
    if (declared?.column != null && !column) return refuse(`its column ${declared.column} is not moved`);
    const part = column ? partOf(column, declared?.collation ?? null, index.unique) : expressionPart(t.value(expr));
    return order === "Desc" ? { ...part, descending: true } : part;
  });
  const { whereClause } = parsed.stmt;
  return { parts, where: whereClause ? t.condition(whereClause) : null };
}

function expressionPart(typed: Typed): Part {
  if (typed.kind === "null") refuse("its expression is always NULL");
  const sql = typed.kind === "text" || typed.kind === "any" ? `${typed.sql} COLLATE "C"` : typed.sql;
  return { sql: `(${sql})`, plain: false, note: "its expression is translated", bytes: 8 };
}
