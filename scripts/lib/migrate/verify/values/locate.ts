import type { Difference } from "../../model/results.ts";
import type { DigestColumn } from "./row-digest.ts";
import type { FoundRow } from "./tasks.ts";

/** What a table is called in a difference, and by what its rows are. */
export interface Named {
  table: string;
  columns: DigestColumn[];
  /** Positions of the key's columns; empty where there is no key. */
  key: number[];
}

/** Rows of both sides that may differ → the differences. Rows that are on both sides equally often drop out. */
export function compareRows(named: Named, source: FoundRow[], target: FoundRow[]): Difference[] {
  const inSource = new Map(source.map((row) => [row.hash, row]));
  const inTarget = new Map(target.map((row) => [row.hash, row]));
  const less = source.filter((row) => row.times > timesIn(inTarget, row));
  const more = target.filter((row) => row.times > timesIn(inSource, row));
  const missing = less.filter((row) => !inTarget.has(row.hash));
  const extra = more.filter((row) => !inSource.has(row.hash));
  const pairs = named.key.length > 0 ? pairByKey(named.key, missing, extra) : pairByLikeness(missing, extra);
  return [
    ...pairs.flatMap(([a, b]) => fieldDifferences(named, a, b)),
    ...missing.map((row) => onlyIn("source", named, row)),
    ...less.filter((row) => inTarget.has(row.hash)).map((row) => uneven(named, row.times, timesIn(inTarget, row), row)),
    ...extra.map((row) => onlyIn("target", named, row)),
    ...more.filter((row) => inSource.has(row.hash)).map((row) => uneven(named, timesIn(inSource, row), row.times, row)),
  ];
}

const timesIn = (rows: Map<string, FoundRow>, { hash }: FoundRow) => rows.get(hash)?.times ?? 0;

type Pair = [source: FoundRow, target: FoundRow];

/** Takes the pairs out of both lists. */
function pairByKey(key: number[], missing: FoundRow[], extra: FoundRow[]): Pair[] {
  const keyOf = (row: FoundRow) => key.map((i) => row.fields[i]?.hash).join(" ");
  const targets = new Map(extra.map((row) => [keyOf(row), row]));
  const pairs: Pair[] = [];
  for (const row of [...missing]) {
    const other = targets.get(keyOf(row));
    if (!other) continue;
    targets.delete(keyOf(row));
    pairs.push([row, other]);
    missing.splice(missing.indexOf(row), 1);
    extra.splice(extra.indexOf(other), 1);
  }
  return pairs;
}

/** Comparing each with each grows with the square of their number: beyond this many, rows stay missing and extra. */
const comparable = 300;

/** Without a key, a missing row and an extra one are the same row where most of their fields are equal. */
function pairByLikeness(missing: FoundRow[], extra: FoundRow[]): Pair[] {
  if (missing.length > comparable || extra.length > comparable) return [];
  const candidates = missing.flatMap((a) => extra.map((b) => ({ a, b, equal: equalFields(a, b) })));
  const enough = (row: FoundRow) => Math.ceil(row.fields.length / 2);
  const pairs: Pair[] = [];
  for (const { a, b, equal } of candidates.sort((x, y) => y.equal - x.equal)) {
    if (equal < enough(a) || equal === 0 || !missing.includes(a) || !extra.includes(b)) continue;
    pairs.push([a, b]);
    missing.splice(missing.indexOf(a), 1);
    extra.splice(extra.indexOf(b), 1);
  }
  return pairs;
}

const equalFields = (a: FoundRow, b: FoundRow) =>
  a.fields.filter((field, i) => field.hash === b.fields[i]?.hash).length;

function fieldDifferences(named: Named, source: FoundRow, target: FoundRow): Difference[] {
  const key = keyText(named, source);
  return named.columns.flatMap((column, i): Difference[] => {
    const [a, b] = [source.fields[i], target.fields[i]];
    if (!a || !b || a.hash === b.hash) return [];
    const place = `${named.table}.${column.source}`;
    const text = `${place} of the row ${key} is ${a.shown} in the source and ${b.shown} in the target`;
    return [{ kind: "value", table: named.table, key, column: column.source, source: a.shown, target: b.shown, text }];
  });
}

function onlyIn(side: "source" | "target", named: Named, row: FoundRow): Difference {
  const key = keyText(named, row);
  const content = contentOf(named, row);
  const times = row.times === 1 ? "" : ` (${row.times} times)`;
  return side === "source"
    ? difference("row-missing", named, key, content, null, `the row ${key} is missing in the target${times}`)
    : difference("row-extra", named, key, null, content, `the row ${key} is in the target only${times}`);
}

/** The same row on both sides, but not equally often. */
function uneven(named: Named, source: number, target: number, row: FoundRow): Difference {
  const key = keyText(named, row);
  const content = contentOf(named, row);
  const text = `the row ${key} is in the source ${source === 1 ? "once" : `${source} times`}, in the target ${target === 1 ? "once" : `${target} times`}`;
  return difference(target > source ? "row-twice" : "row-missing", named, key, content, content, text);
}

const difference = (
  kind: Difference["kind"],
  { table }: Named,
  key: string,
  source: string | null,
  target: string | null,
  text: string,
): Difference => ({ kind, table, key, column: null, source, target, text: `${table}: ${text}` });

/** `id = 7, lang = "de"`; the row's content where the table has no key. */
function keyText(named: Named, row: FoundRow): string {
  if (named.key.length === 0) return `(${contentOf(named, row)})`;
  return named.key.map((i) => `${named.columns[i]?.source} = ${row.fields[i]?.shown}`).join(", ");
}

const contentOf = (named: Named, row: FoundRow) => {
  const shown = named.columns.slice(0, 8).map((column, i) => `${column.source} = ${row.fields[i]?.shown}`);
  return shown.join(", ") + (named.columns.length > 8 ? ", …" : "");
};
