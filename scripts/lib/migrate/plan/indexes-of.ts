import type { SourceCatalog, SourceIndex } from "../model/source.ts";
import { fold } from "../sql/parse.ts";

/** By the table's folded name, worked out once a catalog: a schema of thousands of tables is asked for each. */
const known = new WeakMap<SourceCatalog, Map<string, SourceIndex[]>>();

/** The indexes of a table, those that SQLite made for its keys included, in the order of the catalog. */
export function indexesOf(catalog: SourceCatalog, table: string): SourceIndex[] {
  const byTable = known.get(catalog) ?? Map.groupBy(catalog.indexes, (index) => fold(index.table));
  known.set(catalog, byTable);
  return byTable.get(fold(table)) ?? [];
}
