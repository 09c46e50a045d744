import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { fold, parseExpression } from "../sql/parse.ts";
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
    ...(table.source.withoutRowid ? {} : { table: quoteQualified(context.options.schema, table.named.name) }),
    docid: table.source.module === "fts3" || table.source.module === "fts4",
    replacing: () => replacingKeys(context, table),
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
    form: formOf(seen, column),
    ...(isShort(seen) ? { short: true as const } : {}),
    ...(isLarge(seen) ? { large: true as const } : {}),
    ...(column.choice.type === "citext" && (seen.texts.nonAscii ?? 0) > 0 ? { beyondAscii: true as const } : {}),
    ...(seen.reals.count > 0 && !isShort(seen) ? { longReals: true as const } : {}),
    ...(classes.some((one) => only(seen, one)) ? {} : { mixed: true as const }),
    integers: seen.texts.count > 0 && only(seen, "texts") && seen.texts.integers === seen.texts.count,
  };
}

const isLarge = ({ integers: { min, max } }: Seen): boolean => Math.max(Number(max), -Number(min)) >= 1e15;

const classes = ["integers", "reals", "texts", "blobs"] as const;

const isShort = ({ reals: { count, infinite, scale, integerDigits } }: Seen): boolean =>
  count > 0 && infinite === 0 && scale !== null && scale + integerDigits <= 13;

/** How moments or UUIDs are written, where all are written alike; in an empty column, as its default writes them. */
function formOf(seen: Seen, { source }: ColumnContext): Form | null {
  const { dates, uuids, fractionDigits, milliseconds, minutes = 0, maxLength, count } = seen.texts;
  if (seen.count === 0) return formOfDefault(source.defaultSql);
  if (count === 0 || !only(seen, "texts")) return null;
  if (minutes > 0) return minutes === count && dates.time === count ? "minutes" : null;
  if (fractionDigits > 0) {
    if (fractionDigits > 3 || milliseconds !== count) return null;
    if (dates.space === count) return "space3";
    return dates["t-zone"] === count && maxLength === "2024-01-01T00:00:00.000Z".length ? "t3z" : null;
  }
  const forms: Partial<Record<Form, number>> = {
    ...{ date: dates.date ?? 0, space: dates.space ?? 0, t: dates.t ?? 0, time: dates.time ?? 0 },
    ...uuids,
  };
  const all = (Object.keys(forms) as Form[]).filter((form) => forms[form] === count);
  return all[0] ?? null;
}

/** Null where it is no call that writes a moment. */
function formOfDefault(sql: string | null): Form | null {
  const parsed = sql === null ? null : parseExpression(sql);
  if (!parsed) return null;
  const translated = attempt(() => openTranslator({ source: parsed.sql, localtime: "UTC" }).value(parsed.expr));
  return isRefused(translated) ? null : (translated.form ?? null);
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
  if (immutable) {
    for (const [name, column] of relation.columns) relation.columns.set(name, { ...column, immutable });
  }
  return openTranslator({ source, immutable, schema, localtime, utf16: isUtf16(context) }, [
    scopeTable(relation, table.source.name, ""),
  ]);
}

export const isUtf16 = ({ catalog }: PlanContext): boolean => catalog.encoding !== "UTF-8";

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
