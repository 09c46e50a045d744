import { LandfallError } from "../../cli/errors.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { type StoredLayout, storedLayout } from "../../db/sqlite-pages/layout.ts";
import type { Conversion, Plan, TablePlan } from "../model/plan.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { hasBinaryForm } from "./encode/text-form.ts";

/** What a worker needs to know of one table: plain data, so that it can be sent to a thread. */
export interface TableShape {
  source: string;
  encoding: SourceCatalog["encoding"];
  /** Name by which its rows are read in ranges and named; null where the table is read as one piece. */
  rowid: string | null;
  /** Whether it is a virtual table, which knows no ranges of rowids. */
  virtual: boolean;
  /** Columns that name a row in quarantine; the rowid where it is empty. */
  key: string[];
  /** Whether COPY's text form is used, for the sake of a column whose type has no binary form that is known here. */
  textual: boolean;
  /** Qualified and quoted. */
  target: string;
  /** Bare, as the server's messages have it. */
  targetName: string;
  columns: { source: string; target: string; type: string; convert: Conversion }[];
  /** How its rows stand in the file; null where they are read through SQLite alone. */
  stored: StoredLayout | null;
}

export function shapesOf(plan: Plan, catalog: SourceCatalog): TableShape[] {
  const sources = new Map(catalog.tables.map((table) => [table.name, table]));
  return plan.tables.map((table) => shapeOf(plan, table, sourceOf(sources, table), catalog.encoding));
}

function sourceOf(sources: Map<string, SourceTable>, { source }: TablePlan): SourceTable {
  const table = sources.get(source);
  if (table) return table;
  throw new LandfallError(
    "usage",
    `the plan names a table ${source} that the source does not have`,
    "make the plan anew with npm run plan",
  );
}

function shapeOf(plan: Plan, table: TablePlan, source: SourceTable, encoding: SourceCatalog["encoding"]): TableShape {
  const columns = table.columns.filter(({ generated }) => generated === null);
  const textual = columns.some(({ type }) => !hasBinaryForm(type));
  return {
    source: table.source,
    encoding,
    rowid: source.rowidName,
    virtual: source.kind === "virtual",
    key: source.primaryKey,
    textual,
    target: quoteQualified(plan.schema, table.target),
    targetName: table.target,
    columns: columns.map(({ source, target, type, convert }) => ({ source, target, type, convert })),
    stored:
      encoding === "UTF-8" && !textual
        ? storedLayout(
            source,
            columns.map(({ source }) => source),
          )
        : null,
  };
}

/** COPY's head for a table. */
export function copySql({ target, columns, textual }: TableShape): string {
  const names = columns.map((column) => quoteIdentifier(column.target)).join(", ");
  return `COPY ${target} (${names}) FROM STDIN WITH (FORMAT ${textual ? "text" : "binary"})`;
}
