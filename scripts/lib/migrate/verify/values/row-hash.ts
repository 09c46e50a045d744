import { Bits64, quadWords } from "../canonical/hex.ts";

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
  #scratch = new Uint8Array(new ArrayBuffer(4096));
  #words = new Int32Array(this.#scratch.buffer);
  readonly #encoder = new TextEncoder();

  reset(): void {
    this.high = 0;
    this.low = 0;
  }

  /** Takes one field in: its canonical text, its bytes in UTF-8, or NULL. The hash so far is the seed of the next. */
  add(field: string | Uint8Array | Bits64 | null): void {
    if (field === null) {
      this.low = (this.low ^ 1) >>> 0;
      this.#ascii("");
    } else if (field instanceof Bits64) this.#bits(field);
    else if (typeof field !== "string") this.#bytes(field);
    else if (field.length > 256 || !this.#ascii(field)) this.#bytes(this.#encode(field));
  }

  get value(): bigint {
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  /** @returns false, and nothing done, where the text is not ASCII */
  #ascii(text: string): boolean {
    const { length } = text;
    let seen = 0;
    this.#start(length);
    let [a, b, c] = [this.#a, this.#b, this.#c];
    let at = 0;
    for (; at + 12 <= length; at += 12) {
      const x0 = text.charCodeAt(at);
      const x1 = text.charCodeAt(at + 1);
      const x2 = text.charCodeAt(at + 2);
      const x3 = text.charCodeAt(at + 3);
      const y0 = text.charCodeAt(at + 4);
      const y1 = text.charCodeAt(at + 5);
      const y2 = text.charCodeAt(at + 6);
      const y3 = text.charCodeAt(at + 7);
      const z0 = text.charCodeAt(at + 8);
      const z1 = text.charCodeAt(at + 9);
      const z2 = text.charCodeAt(at + 10);
      const z3 = text.charCodeAt(at + 11);
      seen |= x0 | x1 | x2 | x3 | y0 | y1 | y2 | y3 | z0 | z1 | z2 | z3;
      a = (a + (x0 | (x1 << 8) | (x2 << 16) | (x3 << 24))) | 0;
      b = (b + (y0 | (y1 << 8) | (y2 << 16) | (y3 << 24))) | 0;
      c = (c + (z0 | (z1 << 8) | (z2 << 16) | (z3 << 24))) | 0;
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
    for (let i = 0; at < length; at++, i++) {
      const code = text.charCodeAt(at);
      seen |= code;
      if (i < 4) a = (a + (code << (8 * i))) | 0;
      else if (i < 8) b = (b + (code << (8 * (i - 4)))) | 0;
      else c = (c + (code << (8 * (i - 7)))) | 0;
    }
    if (seen > 127) return false;
    this.#finish(a, b, c);
    return true;
  }

  /** The sixteen digits, four at a time: twelve are a block, and four are left. */
  #bits({ high, low }: Bits64): void {
    this.#start(16);
    let a = (this.#a + (quadWords[high >>> 16] as number)) | 0;
    let b = (this.#b + (quadWords[high & 0xffff] as number)) | 0;
    let c = (this.#c + (quadWords[low >>> 16] as number)) | 0;
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
    this.#finish((a + (quadWords[low & 0xffff] as number)) | 0, b, c);
  }

  #bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const words = this.#wordsOf(bytes);
    this.#start(length);
    let [a, b, c] = [this.#a, this.#b, this.#c];
    let at = 0;
    let w = 0;
    for (; at + 12 <= length; at += 12, w += 3) {
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
    for (let i = 0; at < length; at++, i++) {
      const byte = bytes[at] as number;
      if (i < 4) a = (a + (byte << (8 * i))) | 0;
      else if (i < 8) b = (b + (byte << (8 * (i - 4)))) | 0;
      else c = (c + (byte << (8 * (i - 7)))) | 0;
    }
    this.#finish(a, b, c);
  }

  #a = 0;
  #b = 0;
  #c = 0;

  #start(length: number): void {
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
    this.#a = a;
    this.#b = b;
    this.#c = c;
  }

  #finish(a0: number, b0: number, c0: number): void {
    let [a, b, c] = [a0, b0, c0];
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

  /** A copy of the bytes where they do not begin at a multiple of four, which the typed array asks for. */
  #wordsOf(bytes: Uint8Array): Int32Array {
    if (bytes.buffer === this.#scratch.buffer) return this.#words;
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  }

  #encode(text: string): Uint8Array {
    if (text.length > 1_000_000) return this.#encoder.encode(text);
    if (text.length * 3 > this.#scratch.length) {
      this.#scratch = new Uint8Array(new ArrayBuffer((text.length * 6 + 3) & ~3));
      this.#words = new Int32Array(this.#scratch.buffer);
    }
    return this.#scratch.subarray(0, this.#encoder.encodeInto(text, this.#scratch).written);
  }
}

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));
