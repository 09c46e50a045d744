import type { SelectFrom } from "sqlite3-parser";
import { dependsOn } from "./dependency.ts";
import { refuse, type Scope, type Translator, type Typed } from "./typed.ts";

/**
 * Columns outside of GROUP BY: SQLite shows some row's value, PostgreSQL refuses them but where the key of their table is in
 * GROUP BY. Those that have one value within a group anyway are put there; of the others one row's is picked.
 * @returns does the same for columns that were named since, as by ORDER BY; true where there were any
 */
export function checkGrouping(t: Translator, select: SelectFrom, outputs: Typed[], groups: string[]): () => boolean {
  const { scope } = t;
  const known = new Set(groups);
  const determined = scope.tables.filter(
    ({ sql, key }) => key.length > 0 && key.every((column) => known.has(`${sql}.${column}`)),
  );
  for (const column of select.columns) {
    if (column.type !== "ExprResultColumn") {
      for (const { sql } of outputs) scope.bare.add(sql);
      continue;
    }
    const before = new Set(scope.bare);
    if (known.has(t.value(column.expr).sql)) scope.bare = before;
  }
  const bare = [...scope.bare];
  const depends = groups.length > 0 ? dependsOn(t, select, groups) : () => false;
  const isFree = (sql: string) =>
    known.has(sql) ||
    determined.some((table) => sql.startsWith(`${table.sql}.`)) ||
    !scope.tables.some((table) => sql.startsWith(`${table.sql}.`));
  const left: string[] = [];
  for (const sql of bare) {
    if (isFree(sql)) continue;
    if (depends(sql)) groups.push(sql);
    else left.push(sql);
  }
  if (left.length > 0) pick(t, left, known);
  // What a look at ON and WHERE has named is not shown.
  scope.bare.clear();
  return () => {
    const more = [...scope.bare].filter((sql) => !isFree(sql) && !groups.includes(sql) && !scope.picked.has(sql));
    if (more.length > 0) pick(t, more, known);
    return more.length > 0;
  };
}

/**
 * One row of each group for all of these columns: with a single min() or max() SQLite takes the row that has it. Where several
 * do, or there is neither, its choice is open; here it is the row of the smallest key, which SQLite mostly comes to first.
 */
function pick(t: Translator, columns: string[], groups: Set<string>): void {
  const { scope } = t;
  const why = `it shows ${columns.join(", ")} outside of GROUP BY: which row's, only SQLite knows`;
  const [extreme, another] = [...scope.extremes.values()];
  if (another || extreme?.filtered) refuse(why);
  const keys = scope.tables.map((table) => {
    if (table.key.length > 0) return table.key.map((column) => `${table.sql}.${column}`);
    if (table.rowid) return [`${table.sql}.${table.rowid.sql}`];
    // Without a key its columns decide themselves: rows that are alike in all of them are as good as one.
    const own = columns.filter((sql) => sql.startsWith(`${table.sql}.`));
    const json = [...table.columns.values()].filter(({ type }) => type.type === "json");
    return json.some((column) => own.includes(`${table.sql}.${column.sql}`)) ? refuse(why) : own;
  });
  const order = [...(extreme ? [`${extreme.by}${extreme.descending ? " DESC NULLS LAST" : ""}`] : []), ...keys.flat()];
  const exact = scope.tables.filter(({ sql, key }) => {
    const whole = key.map((column) => `${sql}.${column}`);
    return extreme && whole.includes(extreme.by) && whole.every((one) => one === extreme.by || groups.has(one));
  });
  for (const sql of columns) {
    const open = !exact.some((table) => sql.startsWith(`${table.sql}.`));
    // What a trigger writes is compared by nobody.
    if (open && !t.repeatable) refuse(why);
    scope.picked.set(sql, { sql: `(array_agg(${sql} ORDER BY ${order.join(", ")}))[1]`, open });
  }
}

/** A column as it stands in a grouped query. */
export function shownAs({ depth, picked }: Scope, typed: Typed): Typed {
  const found = depth === 0 ? picked.get(typed.sql) : undefined;
  if (!found) return typed;
  return typed.jsonb ? refuse(`it shows ${typed.sql} outside of GROUP BY`) : { ...typed, sql: found.sql };
}

/** Whether SQL of this scope reads a column of which SQLite leaves open which row's value it is. */
export function readsOpen({ tables, picked }: Scope): (sql: string) => boolean {
  const open = [
    ...[...picked.values()].filter((one) => one.open).map(({ sql }) => sql),
    ...tables.flatMap((table) =>
      [...table.columns.values()].filter((column) => column.open).map((column) => `${table.sql}.${column.sql}`),
    ),
  ];
  return (sql) => open.some((one) => sql.includes(one));
}

export const refuseOpen = (what: string): never =>
  refuse(`${what} goes by a column outside of GROUP BY, and which row's value that is only SQLite knows`);
