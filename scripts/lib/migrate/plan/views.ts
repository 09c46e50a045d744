import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { ViewColumnPlan } from "../model/plan.ts";
import type { SourceView } from "../model/source.ts";
import { fold, parseAs } from "../sql/parse.ts";
import type { Output } from "../sql/translate/result.ts";
import { relationOf, translateSelect } from "../sql/translate/select.ts";
import { openTranslator } from "../sql/translate/translator.ts";
import { type Relation, refuse, type Typed } from "../sql/translate/typed.ts";
import { account, addObject, type PlanContext } from "./context.ts";
import { accountKey } from "./ledger.ts";
import { Names, toSnake } from "./names.ts";
import { attempt, findRelation, isRefused, isUtf16 } from "./relations.ts";
import { notes } from "./tables.ts";

/** Views, those first that others read. Whether a translation gives the same rows, the verification compares. */
export function planViews(context: PlanContext): void {
  for (const view of context.catalog.views)
    context.views.set(
      fold(view.name),
      once(view, () => planView(context, view)),
    );
  for (const view of context.catalog.views) attempt(() => context.views.get(fold(view.name))?.());
}

/** A view is planned once, whoever reads it first; one that reads itself never ends, and SQLite refuses it too. */
function once({ name }: SourceView, plan: () => Relation | string): () => Relation {
  let state: Relation | string | undefined;
  return () => {
    if (state === undefined) {
      state = `the view ${name} reads itself`;
      state = plan();
    }
    return typeof state === "string" ? refuse(state) : state;
  };
}

/** @returns the view as others may read it, or why they may not */
function planView(context: PlanContext, view: SourceView): Relation | string {
  const key = accountKey("view", view.name);
  const text = { source: view.sql };
  const { name, note } = context.relations.give(view.name);
  const byHand = context.mapping.translate[key];
  if (byHand) {
    const sql = [byHand].flat();
    const entry = account(key, "view", "translated", "by the mapping", { ...text, target: sql.join("; ") });
    addObject(context, entry, { kind: "view", name, sql });
    return `the view ${view.name} was translated by hand: its columns are not known`;
  }
  const made = attempt(() => translateView(context, view));
  if (isRefused(made)) {
    context.ledger.enter(account(key, "view", "undecided", made.refused, text));
    return `it reads the view ${view.name}, which is not translated`;
  }
  const sql = `CREATE VIEW ${quoteQualified(context.options.schema, name)} AS ${made.sql}`;
  const open = made.outputs.filter(({ typed }) => typed.open).map((output) => output.name);
  const one =
    open.length === 0
      ? ""
      : `SQLite leaves open which row of a group ${open.join(", ")} ${open.length === 1 ? "is" : "are"} of: here of the smallest key`;
  const reason = notes("translated", note, one);
  const entry = account(key, "view", "translated", reason, { ...text, target: sql });
  const sources = sourceNames(made.outputs);
  const columns = made.outputs.map((output, i) => columnPlan(output, sources[i] ?? output.name));
  if (!addObject(context, entry, { kind: "view", name, sql: [sql], columns })) return `the view ${view.name} is waived`;
  return relationOf(quoteQualified(context.options.schema, name), made.outputs);
}

function translateView(context: PlanContext, view: SourceView): { sql: string; outputs: Output[] } {
  const parsed = parseAs("CreateViewStmt", view.sql) ?? refuse("its SQL cannot be read");
  const { schema, localtime } = context.options;
  const relation = (name: string) => findRelation(context, name);
  const t = openTranslator({
    ...{ source: parsed.sql, schema, localtime, relation },
    ...{ repeatable: true, utf16: isUtf16(context) },
  });
  const names = parsed.stmt.columns?.map(({ colName }) => colName.text);
  const columns = Names.forColumns("keep");
  const style = context.options.naming === "snake" ? toSnake : (name: string) => name;
  return translateSelect(t, parsed.stmt.select, { names, rename: (name) => columns.give(style(name)).name });
}

/** SQLite tells columns of one name apart by a number. */
function sourceNames(outputs: Output[]): string[] {
  const taken = new Set<string>();
  return outputs.map(({ name }) => {
    let source = name;
    for (let n = 1; taken.has(fold(source)); n++) source = `${name}:${n}`;
    taken.add(fold(source));
    return source;
  });
}

function convertOf({ column, kind, numbers, any }: Typed): ViewColumnPlan["convert"] {
  if (any) return null;
  if (column) return column.type.convert;
  if (kind === "json") return { as: "json" };
  return numbers ? { as: "text", numbers: true } : null;
}

function columnPlan({ typed }: Output, source: string): ViewColumnPlan {
  return {
    source,
    target: typed.sql.slice(1, -1).replaceAll('""', '"'),
    convert: convertOf(typed),
    approximate: typed.approximate ?? false,
    ...(typed.any ? { any: true as const } : {}),
    ...(typed.any && typed.scalar ? { scalar: true as const } : {}),
    ...(typed.open || typed.unordered ? { open: true as const } : {}),
  };
}
