import type { Utf8 } from "./utf8.ts";

/** More members than this go through the engine's own sort; longer ones through its own copy. */
const [fewMembers, fewBytes] = [32, 64];

/**
 * Brings the members of each object in jsonb's order, once they are written: by the length of the key in bytes, then by its
 * bytes; of equal keys the last one counts. Objects within objects are finished first, as on a stack.
 */
export class JsonKeys {
  /** Where in the output each member begins, its key ends, and it ends; and whether its key is printed with an escape. */
  readonly #starts: number[] = [];
  readonly #keyEnds: number[] = [];
  readonly #ends: number[] = [];
  readonly #escaped: boolean[] = [];
  readonly #order: number[] = [];
  #count = 0;

  /** @returns what the object is called in `close` */
  open(): number {
    return this.#count;
  }

  /** A key, quotes included. @returns what the member is called in `end` */
  add(start: number, end: number, escaped: boolean): number {
    const member = this.#count++;
    this.#starts[member] = start;
    this.#keyEnds[member] = end;
    this.#escaped[member] = escaped;
    return member;
  }

  end(member: number, end: number): void {
    this.#ends[member] = end;
  }

  /** Sorts the members of an object, which are the last in the output. */
  close(object: number, out: Utf8): void {
    for (let member = object + 1; member < this.#count; member++) {
      if (this.#compare(member - 1, member, out.bytes) < 0) continue;
      this.#rewrite(object, out);
      break;
    }
    this.#count = object;
  }

  clear(): void {
    this.#count = 0;
  }

  #rewrite(object: number, out: Utf8): void {
    const from = this.#starts[object] as number;
    const size = out.length - from;
    out.reserve(out.length + size);
    const { bytes } = out;
    const order = this.#sorted(object, bytes);
    // What is there goes behind the end, and from there to its place.
    bytes.copyWithin(out.length, from, out.length);
    let to = from;
    for (let i = 0; i < order.length; i++) {
      const member = order[i] as number;
      if (i + 1 < order.length && this.#compare(member, order[i + 1] as number, bytes, size) === 0) continue;
      if (to > from) {
        bytes[to++] = 0x2c;
        bytes[to++] = 0x20;
      }
      const end = (this.#ends[member] as number) + size;
      let at = (this.#starts[member] as number) + size;
      if (end - at > fewBytes) {
        bytes.copyWithin(to, at, end);
        to += end - at;
      } else while (at < end) bytes[to++] = bytes[at++] as number;
    }
    out.length = to;
  }

  /** The members in order, equal keys in the order of coming. */
  #sorted(object: number, bytes: Uint8Array): number[] {
    const order = this.#order;
    const size = this.#count - object;
    order.length = size;
    for (let i = 0; i < size; i++) order[i] = object + i;
    if (size > fewMembers) return order.sort((a, b) => this.#compare(a, b, bytes));
    for (let i = 1; i < size; i++) {
      const member = order[i] as number;
      let at = i;
      for (; at > 0 && this.#compare(order[at - 1] as number, member, bytes) > 0; at--)
        order[at] = order[at - 1] as number;
      order[at] = member;
    }
    return order;
  }

  /** @param shift how far behind their places in the output the bytes are */
  #compare(a: number, b: number, bytes: Uint8Array, shift = 0): number {
    const left = (this.#starts[a] as number) + shift;
    const leftEnd = (this.#keyEnds[a] as number) + shift;
    const right = (this.#starts[b] as number) + shift;
    const rightEnd = (this.#keyEnds[b] as number) + shift;
    if (this.#escaped[a] || this.#escaped[b]) {
      return compareBytes(unescaped(bytes.subarray(left, leftEnd)), unescaped(bytes.subarray(right, rightEnd)));
    }
    const longer = leftEnd - left - (rightEnd - right);
    if (longer !== 0) return longer;
    for (let i = left, j = right; i < leftEnd; i++, j++) {
      const order = (bytes[i] as number) - (bytes[j] as number);
      if (order !== 0) return order;
    }
    return 0;
  }
}

const unescaped = (key: Uint8Array) => Buffer.from(JSON.parse(Buffer.from(key).toString("utf8")) as string);

const compareBytes = (a: Buffer, b: Buffer) => a.length - b.length || Buffer.compare(a, b);
