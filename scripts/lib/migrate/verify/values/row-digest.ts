import type { Conversion } from "../../model/plan.ts";
import { canonicalizer, canonicalSql } from "../canonical/forms.ts";
import { type Canonical, type SourceValue, unfit } from "../canonical/value.ts";
import { RowHash } from "./row-hash.ts";

/** A column as both sides need it. `target` is its name there. */
export interface DigestColumn {
  source: string;
  target: string;
  type: string;
  convert: Conversion;
  /** The plan has NOT NULL for it. */
  notNull: boolean;
  /** The target computes it; it is compared all the same. */
  generated: boolean;
}

/**
 * Columns whose hashes go into one chain: more would nest the target's expression too deeply. The hash of a row of more
 * columns is that of its chains' hashes, as decimal texts.
 */
export const chainLength = 64;

/** Hashes rows of SQLite's values by their canonical forms. */
export class SourceRows {
  readonly hash = new RowHash();
  /** The canonical fields of the last row, as far as they were looked at. */
  readonly fields: Canonical[];
  readonly #forms: ((value: SourceValue) => Canonical | typeof unfit)[];

  constructor(columns: DigestColumn[]) {
    this.#forms = columns.map(canonicalizer);
    this.fields = new Array(columns.length).fill(null);
  }

  /** Puts the row's hash into `hash`. @returns the first column that does not fit, -1 where all do */
  take(row: SourceValue[]): number {
    const { fields } = this;
    const forms = this.#forms;
    for (let i = 0; i < forms.length; i++) {
      const form = (forms[i] as (value: SourceValue) => Canonical | typeof unfit)(row[i] as SourceValue);
      if (form === unfit) return i;
      fields[i] = form;
    }
    this.hashFields();
    return -1;
  }

  /** The same for a row that need not fit: what does not is taken by a form that no value of the target has. */
  takeAnyhow(row: SourceValue[], show: (value: SourceValue) => string): void {
    for (const [i, canonicalize] of this.#forms.entries()) {
      const value = row[i] as SourceValue;
      const form = canonicalize(value);
      this.fields[i] = form === unfit ? `\0${show(value)}` : form;
    }
    this.hashFields();
  }

  hashFields(): void {
    const { hash, fields } = this;
    hash.reset();
    if (fields.length <= chainLength) {
      for (let i = 0; i < fields.length; i++) hash.add(fields[i] as Canonical);
      return;
    }
    const chains: string[] = [];
    for (const [i, field] of fields.entries()) {
      hash.add(field);
      if ((i + 1) % chainLength !== 0 && i + 1 < fields.length) continue;
      chains.push(hash.value.toString());
      hash.reset();
    }
    for (const chain of chains) hash.add(chain);
  }
}

/**
 * SQL of the same hash in the target.
 * @param quote makes a column's name into SQL
 * @param nulls "as planned" is quicker: a NULL where the plan has none makes the hash NULL, so that the row is in no sum
 */
export function rowHashSql(
  columns: DigestColumn[],
  quote: (name: string) => string,
  nulls: "anywhere" | "as planned" = "anywhere",
): string {
  const fields = columns.map((column) => ({
    form: canonicalSql(quote(column.target), column),
    isNull: column.notNull && nulls === "as planned" ? null : `${quote(column.target)} IS NULL`,
  }));
  const chains: string[] = [];
  for (let at = 0; at < fields.length; at += chainLength) {
    chains.push(fields.slice(at, at + chainLength).reduce((seed, { form, isNull }) => link(form, isNull, seed), "0"));
  }
  if (chains.length === 1) return chains[0] as string;
  return chains.reduce((seed, chain) => `hashtextextended((${chain})::text COLLATE "C", ${seed})`, "0");
}

/** SQL of the hash of one column by itself. */
export function fieldHashSql(column: DigestColumn, quote: (name: string) => string): string {
  return link(canonicalSql(quote(column.target), column), `${quote(column.target)} IS NULL`, "0");
}

/** NULL is the empty text under another seed, so that it is told from every text. */
const link = (form: string, isNull: string | null, seed: string) =>
  isNull === null
    ? `hashtextextended(${form} COLLATE "C", ${seed})`
    : `hashtextextended(coalesce(${form}, '') COLLATE "C", ${seed} # CASE WHEN ${isNull} THEN 1 ELSE 0 END)`;
