import type { Canonical } from "../canonical/value.ts";
import { RowHash } from "../values/row-hash.ts";

/** Rows of a view by the hash of their exact columns; the close numbers of each, in the order of coming. */
export interface ViewRows {
  rows: number;
  /** Sum of the hashes, close numbers included at a few digits. */
  sum: bigint;
  /** Kept only where asked for, and then at most `mostKept` rows. */
  kept: KeptRow[];
  /** Whether there were more. */
  cut: boolean;
}

export interface KeptRow {
  hash: string;
  close: number[];
  shown: string;
}

/** Rows that are kept to find out which differ. */
const mostKept = 100_000;
/** Digits that are surely equal where two floats are close, but for a value that lies on the edge. */
const sureDigits = 9;

/** Takes rows of one side in. */
export class ViewSums {
  readonly #hash = new RowHash();
  readonly #keep: boolean;
  readonly #result: ViewRows = { rows: 0, sum: 0n, kept: [], cut: false };

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** @param shown called only for rows that are kept */
  add(exact: Canonical[], close: number[], shown: () => string): void {
    const result = this.#result;
    this.#hash.reset();
    for (const field of exact) this.#hash.add(field);
    const hash = this.#hash.value;
    for (const number of close) this.#hash.add(Number.isNaN(number) ? null : number.toPrecision(sureDigits));
    result.rows++;
    result.sum += this.#hash.value;
    if (!this.#keep) return;
    if (result.kept.length < mostKept) result.kept.push({ hash: hash.toString(), close, shown: shown() });
    else result.cut = true;
  }

  get result(): ViewRows {
    return this.#result;
  }
}

/** Rows of one side that have no partner on the other: same exact columns, numbers closer than a billionth. */
export function unpaired(a: KeptRow[], b: KeptRow[]): { a: KeptRow[]; b: KeptRow[] } {
  const [left, right] = [[...a].sort(compare), [...b].sort(compare)];
  const alone: { a: KeptRow[]; b: KeptRow[] } = { a: [], b: [] };
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [x, y] = [left[i], right[j]];
    if (x && y && x.hash === y.hash && areClose(x, y)) [i, j] = [i + 1, j + 1];
    else if (x && (!y || compare(x, y) < 0)) alone.a.push(left[i++] as KeptRow);
    else alone.b.push(right[j++] as KeptRow);
  }
  return alone;
}

function compare(a: KeptRow, b: KeptRow): number {
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  for (const [i, x] of a.close.entries()) {
    const y = b.close[i] as number;
    // NaN, a NULL, comes first.
    const order = Number.isNaN(x) ? (Number.isNaN(y) ? 0 : -1) : Number.isNaN(y) ? 1 : x - y;
    if (order !== 0) return order;
  }
  return 0;
}

const areClose = (a: KeptRow, b: KeptRow) =>
  a.close.every((x, i) => {
    const y = b.close[i] as number;
    return Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y)) || Math.abs(x - y) < 1e-300;
  });
