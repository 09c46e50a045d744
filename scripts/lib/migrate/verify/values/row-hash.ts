import { Utf8 } from "../canonical/utf8.ts";

/** What the seed of a NULL is mixed with: 64 bits that look like none of the numbers that people store. */
export const nullText = 0x42b2_ae3d_27d4_eb4fn;

/** Upper and lower half. */
export const halves = (value: bigint): [high: number, low: number] => [
  Number(BigInt.asIntN(32, value >> 32n)),
  Number(BigInt.asIntN(32, value)),
];
const [nullHigh, nullLow] = halves(nullText);

/**
 * PostgreSQL's hash_bytes_extended (Bob Jenkins' lookup3 with a 64-bit seed), which `hashtextextended(x COLLATE "C", seed)`
 * runs over the bytes of a text. Written here again so that both sides can be hashed where they are. Words are read as a
 * little-endian machine does; `checkServerHash` refuses a server that answers otherwise.
 */

// One row after another goes through here, millions of them: the result is left in two fields rather than in a BigInt.
export class RowHash {
  /** Upper and lower half of the last hash, as unsigned 32-bit numbers. */
  high = 0;
  low = 0;
  readonly #text = new Utf8();
  readonly #rest = new Utf8();

  reset(): void {
    this.high = 0;
    this.low = 0;
  }

  /** Takes one field in: its canonical text, its bytes in UTF-8, or NULL. The hash so far is the seed of the next. */
  add(field: string | Utf8 | Uint8Array | null): void {
    if (field === null) {
      this.mix(nullHigh, nullLow);
      this.#rest.length = 0;
      this.#add(this.#rest.words, 0, this.#rest.words);
    } else if (typeof field === "string") {
      const { words, length } = this.#text.ofText(field);
      this.#add(words, length, words);
    } else if (field instanceof Utf8) this.#add(field.words, field.length, field.words);
    else this.#foreign(field);
  }

  /** Changes the seed of the next field. @param high as `low`, any 32 bits */
  mix(high: number, low: number): void {
    this.high = (this.high ^ high) >>> 0;
    this.low = (this.low ^ low) >>> 0;
  }

  get value(): bigint {
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  /** Bytes in a buffer that may begin anywhere and end at once. */
  #foreign(bytes: Uint8Array): void {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
    this.#rest.bytes.set(bytes.subarray(bytes.length - (bytes.length % 12)));
    this.#add(words, bytes.length, this.#rest.words, 0);
  }

  /** @param rest where the words behind the last whole block of twelve bytes are, from `restAt` on */
  #add(words: Int32Array, length: number, rest: Int32Array, restAt = Math.floor(length / 12) * 3): void {
    let c = (0x9e3779b9 + length + 3923095) | 0;
    let a = c;
    let b = c;
    if ((this.high | this.low) !== 0) {
      a = (a + this.high) | 0;
      b = (b + this.low) | 0;
      a = (a - c) ^ rotate(c, 4);
      c = (c + b) | 0;
      b = (b - a) ^ rotate(a, 6);
      a = (a + c) | 0;
      c = (c - b) ^ rotate(b, 8);
      b = (b + a) | 0;
      a = (a - c) ^ rotate(c, 16);
      c = (c + b) | 0;
      b = (b - a) ^ rotate(a, 19);
      a = (a + c) | 0;
      c = (c - b) ^ rotate(b, 4);
      b = (b + a) | 0;
    }
    let left = length;
    for (let w = 0; left >= 12; left -= 12, w += 3) {
      a = (a + (words[w] as number)) | 0;
      b = (b + (words[w + 1] as number)) | 0;
      c = (c + (words[w + 2] as number)) | 0;
      a = (a - c) ^ rotate(c, 4);
      c = (c + b) | 0;
      b = (b - a) ^ rotate(a, 6);
      a = (a + c) | 0;
      c = (c - b) ^ rotate(b, 8);
      b = (b + a) | 0;
      a = (a - c) ^ rotate(c, 16);
      c = (c + b) | 0;
      b = (b - a) ^ rotate(a, 19);
      a = (a + c) | 0;
      c = (c - b) ^ rotate(b, 4);
      b = (b + a) | 0;
    }
    if (left >= 8) {
      a = (a + (rest[restAt] as number)) | 0;
      b = (b + (rest[restAt + 1] as number)) | 0;
      // The lowest byte is the length's.
      c = (c + (firstBytes(rest[restAt + 2] as number, left - 8) << 8)) | 0;
    } else if (left >= 4) {
      a = (a + (rest[restAt] as number)) | 0;
      b = (b + firstBytes(rest[restAt + 1] as number, left - 4)) | 0;
    } else a = (a + firstBytes(rest[restAt] as number, left)) | 0;
    c = (c ^ b) - rotate(b, 14);
    a = (a ^ c) - rotate(c, 11);
    b = (b ^ a) - rotate(a, 25);
    c = (c ^ b) - rotate(b, 16);
    a = (a ^ c) - rotate(c, 4);
    b = (b ^ a) - rotate(a, 14);
    c = (c ^ b) - rotate(b, 24);
    this.high = b >>> 0;
    this.low = c >>> 0;
  }
}

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));

/** Of a little-endian word. @param count from 0 to 3 */
const firstBytes = (word: number, count: number) => word & ((1 << (8 * count)) - 1);
