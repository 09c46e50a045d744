/** Rows by the lowest bits of their hash: how many, and the sum of the hashes as signed 64-bit integers. */
export interface BucketSums {
  rows: number;
  counts: Record<number, number>;
  /** Exact, as the server's sum(bigint) is. */
  sums: Record<number, bigint>;
}

/** Halves are summed as floats, which stay exact for this many rows. */
const spillAfter = 1 << 20;

export class Buckets {
  readonly #mask: number;
  readonly #counts: Float64Array;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #spilled: bigint[];

  /** @param bits of the hash that choose the bucket, at most 16 */
  constructor(bits: number) {
    const size = 2 ** bits;
    this.#mask = size - 1;
    this.#counts = new Float64Array(size);
    this.#high = new Float64Array(size);
    this.#low = new Float64Array(size);
    this.#spilled = new Array<bigint>(size).fill(0n);
  }

  add(high: number, low: number): void {
    const bucket = low & this.#mask;
    const count = (this.#counts[bucket] as number) + 1;
    this.#counts[bucket] = count;
    this.#high[bucket] = (this.#high[bucket] as number) + (high | 0);
    this.#low[bucket] = (this.#low[bucket] as number) + low;
    if (count % spillAfter === 0) this.#spill(bucket);
  }

  #spill(bucket: number): void {
    const part = (BigInt(this.#high[bucket] as number) << 32n) + BigInt(this.#low[bucket] as number);
    this.#spilled[bucket] = (this.#spilled[bucket] ?? 0n) + part;
    this.#high[bucket] = 0;
    this.#low[bucket] = 0;
  }

  sums(): BucketSums {
    const result: BucketSums = { rows: 0, counts: {}, sums: {} };
    for (const [bucket, count] of this.#counts.entries()) {
      if (count === 0) continue;
      this.#spill(bucket);
      result.rows += count;
      result.counts[bucket] = count;
      result.sums[bucket] = this.#spilled[bucket] ?? 0n;
    }
    return result;
  }
}

/** Adds up what ranges of one table came to. */
export function addSums(parts: BucketSums[]): BucketSums {
  const all: BucketSums = { rows: 0, counts: {}, sums: {} };
  for (const part of parts) {
    all.rows += part.rows;
    for (const [key, count] of Object.entries(part.counts)) {
      const bucket = Number(key);
      all.counts[bucket] = (all.counts[bucket] ?? 0) + count;
      all.sums[bucket] = (all.sums[bucket] ?? 0n) + (part.sums[bucket] ?? 0n);
    }
  }
  return all;
}

/** The buckets in which both sides differ, ascending. */
export function differingBuckets(a: BucketSums, b: BucketSums): number[] {
  const keys = new Set([...Object.keys(a.counts), ...Object.keys(b.counts)].map(Number));
  return [...keys]
    .filter((key) => a.counts[key] !== b.counts[key] || a.sums[key] !== b.sums[key])
    .sort((x, y) => x - y);
}

/** The sum over all buckets, as a decimal string. */
export function totalOf({ sums }: BucketSums): string {
  return Object.values(sums)
    .reduce((total, sum) => total + sum, 0n)
    .toString();
}
