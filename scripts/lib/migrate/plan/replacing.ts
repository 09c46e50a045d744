import { fold } from "../sql/parse.ts";
import { collationOf } from "./collations.ts";
import { columnOf, type PlanContext, type TableContext } from "./context.ts";
import { indexesOf } from "./indexes-of.ts";

/**
 * What INSERT OR REPLACE puts out of the way in a table: the rows that are equal in one of these keys, each as folded names of
 * columns; or why PostgreSQL could not do the same.
 */
export function replacingKeys({ catalog }: PlanContext, table: TableContext): string[][] | string {
  const { name, primaryKey } = table.source;
  const own = (other: string) => fold(other) === fold(name);
  if (catalog.triggers.some((trigger) => own(trigger.table) && /\bDELETE\s+ON\b/i.test(trigger.sql))) {
    return "INSERT OR REPLACE into a table with a trigger on DELETE, which PostgreSQL would start for the row in the way";
  }
  if (catalog.tables.some(({ foreignKeys }) => foreignKeys.some(({ parent }) => own(parent)))) {
    return "INSERT OR REPLACE into a table that foreign keys refer to: PostgreSQL would look at them in between";
  }
  const keys = primaryKey.length > 0 ? [primaryKey] : [];
  for (const index of indexesOf(catalog, name).filter(({ unique }) => unique)) {
    const columns = index.parts.map(({ column }) => (column === null ? undefined : columnOf(table, column)));
    const plain = columns.every(
      (column, i) => column && collationOf(column) === index.parts[i]?.collation.toUpperCase(),
    );
    if (index.partial || !plain)
      return "INSERT OR REPLACE into a table with a unique index over a part or an expression";
    keys.push(columns.map((column) => column?.source.name ?? ""));
  }
  const seen = new Map(keys.map((key) => [JSON.stringify(key.map(fold).sort()), key.map(fold)]));
  return [...seen.values()];
}
