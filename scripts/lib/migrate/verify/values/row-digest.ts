import type { Conversion } from "../../model/plan.ts";
import { canonicalizer, canonicalSql } from "../canonical/forms.ts";
import { type Canonical, type Canonicalize, type SourceValue, unfit } from "../canonical/value.ts";
import { type Link, linksOf, type MixNumber, numberMixer, numberSql } from "./links.ts";
import { nullText, RowHash } from "./row-hash.ts";

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
 * Links that make one chain: more would nest the target's expression too deeply. The hash of a longer row is that of its
 * chains' hashes, as decimal texts.
 */
const chainLength = 64;

/** Hashes rows of SQLite's values by their canonical forms. */
export class SourceRows {
  readonly hash = new RowHash();
  readonly #forms: Canonicalize[];
  readonly #mixers: MixNumber[];
  readonly #links: Link[];
  readonly #unfit = new RowHash();

  constructor(columns: DigestColumn[]) {
    this.#forms = columns.map(canonicalizer);
    this.#mixers = columns.map(numberMixer);
    this.#links = linksOf(columns);
  }

  /** Puts the row's hash into `hash`. @returns false where a value does not fit */
  take(row: SourceValue[]): boolean {
    return this.#take(row, undefined);
  }

  /** The same for a row that need not fit: what does not is taken by a form that no value of the target has. */
  takeAnyhow(row: SourceValue[], show: (value: SourceValue) => string): void {
    this.#take(row, show);
  }

  /** The canonical form of each column, which is valid until the next row; of one that does not fit as `takeAnyhow` has it. */
  fieldsOf(row: SourceValue[], show: (value: SourceValue) => string): Canonical[] {
    return this.#forms.map((canonicalize, i) => {
      const value = row[i] as SourceValue;
      const form = canonicalize(value);
      return form === unfit ? `\0${show(value)}` : form;
    });
  }

  #take(row: SourceValue[], show: ((value: SourceValue) => string) | undefined): boolean {
    const { hash } = this;
    const links = this.#links;
    const chains: string[] | undefined = links.length > chainLength ? [] : undefined;
    hash.reset();
    for (let i = 0; i < links.length; i++) {
      const { text, number } = links[i] as Link;
      if (number !== undefined) {
        const value = row[number] as SourceValue;
        if (!(this.#mixers[number] as MixNumber)(value, hash)) {
          if (!show) return false;
          this.#unfit.reset();
          this.#unfit.add(`\0${show(value)}`);
          hash.mix(this.#unfit.high, this.#unfit.low);
        }
      }
      const value = row[text] as SourceValue;
      const form = (this.#forms[text] as Canonicalize)(value);
      if (form !== unfit) hash.add(form);
      else if (show) hash.add(`\0${show(value)}`);
      else return false;
      if (!chains || ((i + 1) % chainLength !== 0 && i + 1 < links.length)) continue;
      chains.push(hash.value.toString());
      hash.reset();
    }
    if (chains) for (const chain of chains) hash.add(chain);
    return true;
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
  const planned = nulls === "as planned";
  const nameOf = (column: DigestColumn) => quote(column.target);
  const links = linksOf(columns);
  const chains: string[] = [];
  for (let at = 0; at < links.length; at += chainLength) {
    let seed = "0";
    for (const { text, number } of links.slice(at, at + chainLength)) {
      const mixed = number === undefined ? undefined : (columns[number] as DigestColumn);
      if (mixed) seed = `${seed} # ${numberSql(nameOf(mixed), mixed, planned)}`;
      const column = columns[text] as DigestColumn;
      const isNull = column.notNull && planned ? null : `${nameOf(column)} IS NULL`;
      seed = link(canonicalSql(nameOf(column), column), isNull, seed);
    }
    chains.push(seed);
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
    : `hashtextextended(coalesce(${form}, '') COLLATE "C", ${seed} # CASE WHEN ${isNull} THEN ${nullText} ELSE 0 END)`;
