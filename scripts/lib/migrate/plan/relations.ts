import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold } from "../sql/parse.ts";
import { openTranslator, scopeTable } from "../sql/translate/translator.ts";
import {
  type Form,
  type Relation,
  refuse,
  type ScopeColumn,
  type Translator,
  Untranslatable,
} from "../sql/translate/typed.ts";
import { collationOf } from "./collations.ts";
import { type ColumnContext, type PlanContext, type TableContext, tableOf } from "./context.ts";
import { replacingKeys } from "./replacing.ts";
import { only, type Seen, seenIn } from "./types/choice.ts";

/** A table of the plan, as expressions over it see it. */
export function relationOfTable(context: PlanContext, table: TableContext): Relation {
  const columns = new Map([...table.columns].map(([name, column]) => [name, scopeColumn(column)]));
  const alias = table.source.rowidAlias;
  const rowid = alias === null ? table.rowid : columns.get(fold(alias));
  return {
    sql: quoteQualified(context.options.schema, table.named.name),
    columns,
    rowid: rowid ?? null,
    docid: table.source.module === "fts3" || table.source.module === "fts4",
    replacing: replacingKeys(context, table),
    key: table.constraints.some(({ kind }) => kind === "primary")
      ? table.source.primaryKey.map((name) => columns.get(fold(name))?.sql ?? "")
      : [],
  };
}

export function scopeColumn(column: ColumnContext): ScopeColumn {
  const seen = seenIn(column.profile);
  return {
    name: column.source.name,
    sql: quoteIdentifier(column.named.name),
    type: { type: column.choice.type, convert: column.choice.convert },
    affinity: column.source.affinity,
    collation: collationOf(column),
    form: formOf(seen),
    ...(isShort(seen) ? { short: true as const } : {}),
    integers: seen.texts.count > 0 && only(seen, "texts") && seen.texts.integers === seen.texts.count,
  };
}

const isShort = ({ reals: { count, infinite, scale, integerDigits } }: Seen): boolean =>
  count > 0 && infinite === 0 && scale !== null && scale + integerDigits <= 13;

/** How moments or UUIDs are written, where all are written alike and none has a fraction of a second. */
function formOf(seen: Seen): Form | null {
  const { dates, uuids, fractionDigits, count } = seen.texts;
  if (count === 0 || !only(seen, "texts") || fractionDigits > 0) return null;
  const forms: Record<Form, number | undefined> = {
    date: dates.date,
    space: dates.space,
    t: dates.t,
    time: dates.time,
    ...uuids,
  };
  const all = (Object.keys(forms) as Form[]).filter((form) => forms[form] === count);
  return all[0] ?? null;
}

/** Translates expressions over one table's columns, without a table's name before them. */
export function tableTranslator(
  context: PlanContext,
  table: TableContext,
  source: string,
  immutable: boolean,
): Translator {
  const relation = relationOfTable(context, table);
  const { schema, localtime } = context.options;
  return openTranslator({ source, immutable, schema, localtime }, [scopeTable(relation, table.source.name, "")]);
}

/** A table or a view that a query reads. @throws {Untranslatable} */
export function findRelation(context: PlanContext, name: string): Relation {
  const table = tableOf(context, name);
  if (table) return relationOfTable(context, table);
  const view = context.views.get(fold(name));
  return view ? view() : refuse(`there is no table ${name} in the target`);
}

/** Runs a translation. @returns why it is none, where it is not known to be faithful */
export function attempt<T>(work: () => T): T | { refused: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof Untranslatable) return { refused: error.message };
    throw error;
  }
}

export function isRefused<T>(result: T | { refused: string }): result is { refused: string } {
  return typeof result === "object" && result !== null && "refused" in result;
}
