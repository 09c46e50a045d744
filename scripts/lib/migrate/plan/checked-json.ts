import { type Expr, traverse } from "sqlite3-parser";
import { fold } from "../sql/parse.ts";
import { columnName, type ParsedTable } from "../sql/table.ts";

/** Folded names of the columns that a CHECK asks to be JSON, as Django's and Datasette's tables do. */
export function checkedJson(table: ParsedTable | null): Set<string> {
  const names = new Set<string>();
  for (const { expr } of table?.checks ?? []) {
    traverse(expr, {
      nodes: {
        FunctionCallExpr({ name, args }) {
          const [argument] = args ?? [];
          const column = argument && fold(name.name) === "json_valid" ? columnName(argument as Expr) : null;
          if (column !== null) names.add(fold(column));
        },
      },
    });
  }
  return names;
}
