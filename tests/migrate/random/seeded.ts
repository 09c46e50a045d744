import { seeded } from "../../support/seeded.ts";

/** Random choices that are the same for the same seed. */
export class Seeded {
  readonly #draw: (below: number) => number;

  constructor(seed: number) {
    this.#draw = seeded(Math.imul(seed, 104_729));
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    return this.#draw(2 ** 32) / 2 ** 32;
  }

  /** Both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly [T, ...T[]]): T;
  pick<T>(from: readonly T[]): T;
  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }
}
