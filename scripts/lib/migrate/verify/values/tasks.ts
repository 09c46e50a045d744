import type { SourceCatalog } from "../../model/source.ts";
import type { SourceValue } from "../canonical/value.ts";
import { type SourceViewQuery, sourceView } from "../views/source.ts";
import type { ViewRows } from "../views/sums.ts";
import { type BucketSums, Buckets } from "./buckets.ts";
import { rawForm, showValue } from "./raw-row.ts";
import { type DigestColumn, SourceRows } from "./row-digest.ts";
import { RowHash } from "./row-hash.ts";
import { scan } from "./scan.ts";

/** The rows of one table of the snapshot that a task looks at. */
export interface SourceSlice {
  file: string;
  encoding: SourceCatalog["encoding"];
  from: string;
  columns: DigestColumn[];
  range?: { rowid: string; first: string; last: string } | undefined;
  /**
   * Hashes of the raw rows in quarantine, as decimal strings, each as often as it is there. Absent in the first pass, which
   * sets aside every row that does not fit.
   */
  quarantined?: Record<string, number> | undefined;
}

/** What a worker can be asked for. All of it goes through the structured clone, so it is plain data. */
export type Task =
  | { do: "digest"; slice: SourceSlice; bits: number }
  | { do: "rows"; slice: SourceSlice; bits: number; within: number[]; limit: number }
  | { do: "view"; query: SourceViewQuery };

export interface SourceDigest extends BucketSums {
  /** Rows that do not fit (first pass) or that are in quarantine (second): how many, and the sum of their raw hashes. */
  aside: { rows: number; sum: bigint };
  /** In the second pass: which rows of the quarantine were met, by raw hash. */
  met: Record<string, number>;
}

/** A row of either side, as far as a difference needs it. */
export interface FoundRow {
  hash: string;
  /** How often this row is there. */
  times: number;
  /** Hash of each column's canonical form, and the value for people. */
  fields: { hash: string; shown: string }[];
}

export function runTask(task: Task): SourceDigest | FoundRow[] | ViewRows {
  if (task.do === "view") return sourceView(task.query);
  return task.do === "digest" ? digest(task) : findRows(task);
}

/** Sums the hashes of the rows by their lowest `bits` bits. */
function digest({ slice, bits }: Task & { do: "digest" }): SourceDigest {
  let buckets = new Buckets(bits);
  let aside = { rows: 0, sum: 0n };
  let met: Record<string, number> = {};
  run(slice, () => {
    buckets = new Buckets(bits);
    aside = { rows: 0, sum: 0n };
    met = {};
    return {
      row({ high, low }) {
        buckets.add(high, low);
      },
      aside(hash) {
        aside.rows++;
        aside.sum += hash;
        if (slice.quarantined) met[String(hash)] = (met[String(hash)] ?? 0) + 1;
      },
    };
  });
  return { ...buckets.sums(), aside, met };
}

/** Keeps the rows whose lowest `bits` bits of the hash are in `within`, each once, at most `limit`. */
function findRows({ slice, bits, within, limit }: Task & { do: "rows" }): FoundRow[] {
  let found = new Map<string, FoundRow>();
  const wanted = new Set(within);
  const mask = 2 ** bits - 1;
  const one = new RowHash();
  run(slice, (rows) => {
    found = new Map();
    return {
      row(hash, row) {
        if (!wanted.has(hash.low & mask)) return;
        const name = hash.value.toString();
        const twin = found.get(name);
        if (twin) twin.times++;
        if (twin || found.size >= limit) return;
        const fields = rows.fieldsOf(row, rawForm);
        found.set(name, {
          hash: name,
          times: 1,
          fields: slice.columns.map((_, i) => {
            one.reset();
            one.add(fields[i] ?? null);
            return { hash: one.value.toString(), shown: showValue(row[i] as SourceValue) };
          }),
        });
      },
      aside() {},
    };
  });
  return [...found.values()];
}

interface Sink {
  /** A row that the target has to hold. */
  row: (hash: RowHash, row: SourceValue[]) => void;
  /** One that has to be in quarantine, by its raw hash. */
  aside: (rawHash: bigint) => void;
}

function run(slice: SourceSlice, begin: (rows: SourceRows) => Sink): void {
  const { file, encoding, from, columns, range } = slice;
  const rows = new SourceRows(columns);
  const raw = new RawHash(columns);
  scan({ file, encoding, from, columns: columns.map(({ source }) => source), range }, () => {
    const sink = begin(rows);
    // Each row in quarantine stands for one of the source: a twin of it has to be in the target.
    const left = slice.quarantined && new Map(Object.entries(slice.quarantined));
    return (row) => {
      if (left) {
        const hash = raw.of(row);
        const times = left.get(String(hash)) ?? 0;
        if (times > 0) {
          left.set(String(hash), times - 1);
          sink.aside(hash);
        } else {
          rows.takeAnyhow(row, rawForm);
          sink.row(rows.hash, row);
        }
      } else if (rows.take(row)) sink.row(rows.hash, row);
      else sink.aside(raw.of(row));
    };
  });
}

/** Hash of a row as it is. Generated columns have no part in it: the quarantine need not hold them. */
export class RawHash {
  readonly #hash = new RowHash();
  readonly #loaded: number[];

  constructor(columns: Pick<DigestColumn, "generated">[]) {
    this.#loaded = columns.flatMap((column, i) => (column.generated ? [] : [i]));
  }

  of(row: SourceValue[]): bigint {
    this.#hash.reset();
    for (const i of this.#loaded) this.#hash.add(rawForm(row[i] as SourceValue));
    return this.#hash.value;
  }
}
