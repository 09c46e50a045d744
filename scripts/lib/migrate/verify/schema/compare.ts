import { quoteIdentifier, quoteQualified } from "../../../db/postgres/identifiers.ts";
import type { Plan, TablePlan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { plainForeignKey } from "./foreign-keys.ts";
import type { ColumnShape, TableShape } from "./shape.ts";

/** A difference, unless a statement shows that the rows do not allow what was planned. */
export interface Finding {
  difference: Difference;
  /** Name of the constraint or index, and the statement that makes it as planned. */
  unless?: { name: string; sql: string };
}

/** A difference between what the plan says and what is there. */
export function schemaDifference(
  table: string,
  text: string,
  planned: string | null,
  found: string | null,
  more: { kind?: Difference["kind"]; column?: string } = {},
): Difference {
  const { kind = "schema", column = null } = more;
  return { kind, table, key: null, column, source: planned, target: found, text: `${table}: ${text}` };
}

/** Compares a table with what the plan makes of it. What is there beyond the plan is no difference, but for columns. */
export function compareTable(
  plan: Plan,
  table: TablePlan,
  planned: TableShape,
  found: TableShape | undefined,
): Finding[] {
  const plain = (difference: Difference): Finding => ({ difference });
  if (!found)
    return [plain(schemaDifference(table.source, `there is no table ${plan.schema}.${table.target}`, "a table", null))];
  const comments =
    table.comment === null || table.comment === found.comment
      ? []
      : [schemaDifference(table.source, "its comment is another one", table.comment, found.comment)];
  return [
    ...comments.map(plain),
    ...compareColumns(table, planned, plan.existing ? plannedColumns(planned, found) : found).map(plain),
    ...compareConstraints(plan, table, planned, found),
    ...compareIndexes(plan, table, planned, found),
  ];
}

/** A table that was there before may have columns that the source does not know. */
function plannedColumns(planned: TableShape, found: TableShape): TableShape {
  return {
    ...found,
    columns: planned.columns.flatMap(({ name }) => found.columns.find((column) => column.name === name) ?? []),
  };
}

function compareColumns({ source }: TablePlan, planned: TableShape, found: TableShape): Difference[] {
  const names = (shape: TableShape) => shape.columns.map(({ name }) => name).join(", ");
  if (names(planned) !== names(found)) {
    return [schemaDifference(source, "the columns are others, or in another order", names(planned), names(found))];
  }
  return planned.columns.flatMap((column, i) => {
    const [a, b] = [describe(column), describe(found.columns[i] ?? column)];
    return a === b
      ? []
      : [schemaDifference(source, `the column ${column.name} is "${b}", not "${a}"`, a, b, { column: column.name })];
  });
}

function describe(column: ColumnShape): string {
  const generated = column.generated !== "" ? `GENERATED ALWAYS AS (${column.default})` : "";
  return [
    column.type,
    column.collation === null ? "" : `COLLATE "${column.collation}"`,
    column.notNull ? "NOT NULL" : "",
    column.identity === "" ? "" : `IDENTITY ${column.identity}`,
    generated || (column.default === null ? "" : `DEFAULT ${column.default}`),
  ]
    .filter(Boolean)
    .join(" ");
}

function compareConstraints(plan: Plan, table: TablePlan, planned: TableShape, found: TableShape): Finding[] {
  const own = quoteQualified(plan.schema, table.target);
  return table.constraints.flatMap(({ name, kind, sql, validate }) => {
    const there = found.constraints.find((constraint) => constraint.name === name);
    const wanted = kind === "foreign" ? sql : (planned.constraints.find((c) => c.name === name)?.definition ?? sql);
    const differs = (text: string, target: string | null, unless?: string): Finding[] => {
      const more = { kind: "constraint" } as const;
      const difference = schemaDifference(table.source, `the constraint ${name} ${text}`, wanted, target, more);
      return [unless === undefined ? { difference } : { difference, unless: { name, sql: unless } }];
    };
    if (!there) return differs("is not there", null);
    const same =
      kind === "foreign" ? plainForeignKey(there.definition) === plainForeignKey(sql) : there.definition === wanted;
    if (!same) return differs(`is "${there.definition}", not "${wanted}"`, there.definition);
    // One that the source breaks is planned as NOT VALID; where somebody mended the rows since, it may have become valid.
    if (!validate || there.validated) return [];
    const validation = `ALTER TABLE ${own} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`;
    return differs("is not validated, although every row keeps it", `${there.definition} NOT VALID`, validation);
  });
}

function compareIndexes(plan: Plan, table: TablePlan, planned: TableShape, found: TableShape): Finding[] {
  const constraints = new Set(table.constraints.map(({ name }) => name));
  return planned.indexes
    .filter(({ name }) => !constraints.has(name))
    .flatMap(({ name, definition }) => {
      const there = found.indexes.find((index) => index.name === name);
      const differs = (text: string, target: string | null): Finding[] => [
        { difference: schemaDifference(table.source, `the index ${plan.schema}.${name} ${text}`, definition, target) },
      ];
      if (!there) {
        const sql = plan.objects.find((object) => object.kind === "index" && object.name === name)?.sql[0] ?? "";
        return differs("is not there", null).map((finding) => ({ ...finding, unless: { name, sql } }));
      }
      if (there.definition !== definition)
        return differs(`is "${there.definition}", not "${definition}"`, there.definition);
      return there.valid ? [] : differs("is not valid", "an invalid index");
    });
}
