import { fold } from "../sql/parse.ts";
import type { ColumnContext, PlanContext } from "./context.ts";
import { columnOf, tableOf } from "./context.ts";
import { only, seenIn } from "./types/choice.ts";

/**
 * Gives columns that foreign keys join one type, so that PostgreSQL can make the keys: what each alone would be may differ,
 * when only one of them holds texts among its numbers, or compares without regard to case.
 */
export function unifyKeys(context: PlanContext): void {
  for (const group of groups(context)) {
    const types = new Set(group.map(({ choice }) => choice.type));
    if (types.size < 2) continue;
    if (group.every(({ choice }) => choice.convert.as === "integer")) continue;
    const partner = `of one type with the columns that foreign keys join it to`;
    if (group.every(({ choice }) => choice.convert.as === "text")) {
      const type = ["citext", "bpchar"].find((collating) => types.has(collating)) ?? "text";
      for (const column of group) set(column, type, partner);
    } else if (group.some(({ identity }) => identity)) {
      // The numbers of an identity column stay numbers; the foreign key says that the ends differ.
    } else if (group.every(({ choice }) => ["integer", "real", "decimal"].includes(choice.convert.as))) {
      for (const column of group) {
        column.choice = { type: "numeric", convert: { as: "decimal" }, reason: `${column.choice.reason}; ${partner}` };
      }
    } else if (group.every((column) => only(seenIn(column.profile), "integers", "reals", "texts"))) {
      for (const column of group) set(column, "text", partner);
    }
  }
}

function set(column: ColumnContext, type: string, why: string): void {
  const numbers = column.choice.convert.numbers || !only(seenIn(column.profile), "texts");
  if (column.choice.type === type) return;
  column.choice = {
    type,
    convert: { as: "text", ...(numbers ? { numbers: true } : {}) },
    reason: `${column.choice.reason}; ${type}, ${why}`,
  };
}

/** Columns that foreign keys join, directly or by way of others. */
function groups(context: PlanContext): ColumnContext[][] {
  const parents = new Map<ColumnContext, ColumnContext>();
  const root = (column: ColumnContext): ColumnContext => {
    const next = parents.get(column);
    return next === undefined || next === column ? column : root(next);
  };
  for (const table of context.tables.values()) {
    for (const { columns, parent, parentColumns } of table.source.foreignKeys) {
      const other = tableOf(context, parent);
      const names = parentColumns.length > 0 ? parentColumns : (other?.source.primaryKey ?? []);
      columns.forEach((name, i) => {
        const [child, end] = [columnOf(table, name), other && columnOf(other, fold(names[i] ?? ""))];
        if (!child || !end) return;
        parents.set(root(child), root(end));
        if (!parents.has(end)) parents.set(end, end);
      });
    }
  }
  const byRoot = new Map<ColumnContext, ColumnContext[]>();
  for (const column of parents.keys()) byRoot.set(root(column), [...(byRoot.get(root(column)) ?? []), column]);
  return [...byRoot.values()];
}
