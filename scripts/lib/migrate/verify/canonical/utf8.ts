const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Places behind the end: the hash reads whole blocks of twelve bytes. */
const slack = 16;
/** Below this many a loop is quicker than a call out of the engine. */
const fewLetters = 256;
/** A buffer that grew beyond this for one value is not kept for the next. */
const mostKept = 1_000_000;

/**
 * A canonical form's bytes, in a buffer that the column's next value overwrites: a text of JavaScript's for every value would
 * take longer to make than to hash.
 */
export class Utf8 {
  /** What is behind `length` has no meaning. */
  bytes: Uint8Array;
  /** The same buffer in words of this machine's order. */
  words: Int32Array;
  length = 0;

  constructor(capacity = 64) {
    const buffer = new ArrayBuffer(((capacity + 3) & ~3) + slack);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** Makes room for so many bytes. What is there stays. */
  reserve(capacity: number): void {
    if (capacity + slack <= this.bytes.length) return;
    const { bytes } = this;
    this.#allot(Math.max(capacity, bytes.length * 2));
    this.bytes.set(bytes);
  }

  /** Empties it. */
  clear(): this {
    this.length = 0;
    if (this.bytes.length > mostKept) this.#allot(64);
    return this;
  }

  ofText(text: string): this {
    this.clear();
    const { length } = text;
    this.reserve(length);
    if (length > fewLetters || !this.#ofAscii(text)) this.#encode(text, 0);
    return this;
  }

  append(text: string): void {
    const start = this.length;
    const { length } = text;
    this.reserve(start + length);
    const { bytes } = this;
    let seen = 0;
    for (let at = 0; at < length && seen < 128; at++) {
      const code = text.charCodeAt(at);
      seen |= code;
      bytes[start + at] = code;
    }
    if (seen < 128) this.length = start + length;
    else this.#encode(text, start);
  }

  byte(value: number): void {
    if (this.length + slack >= this.bytes.length) this.reserve(this.length * 2);
    this.bytes[this.length++] = value;
  }

  /** Appends a part of a text that is known to be ASCII. */
  appendAscii(text: string, start: number, end: number): void {
    this.reserve(this.length + end - start);
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at++) bytes[to++] = text.charCodeAt(at);
    this.length = to;
  }

  /** Decimal digits. @param value a safe integer in units of 10^-scale; written without zeros behind the point */
  ofDecimal(value: number, scale: number): this {
    let rest = value;
    let places = scale;
    while (places > 0 && rest % 10 === 0) {
      rest /= 10;
      places--;
    }
    const { bytes } = this;
    let at = 0;
    if (rest < 0) {
      bytes[at++] = 0x2d;
      rest = -rest;
    }
    let count = 1;
    for (let limit = 10; rest >= limit; limit *= 10) count++;
    if (count <= places) count = places + 1;
    const point = places === 0 ? -1 : at + count - places;
    const end = at + count + (places === 0 ? 0 : 1);
    // Division of whole numbers is quick in 32 bits only.
    let last = end - 1;
    while (rest > 0x7fff_ffff) {
      const next = Math.floor(rest / 10);
      if (last === point) bytes[last--] = 0x2e;
      bytes[last--] = 0x30 + (rest - next * 10);
      rest = next;
    }
    for (let small = rest | 0; last >= at; last--) {
      if (last === point) {
        bytes[last] = 0x2e;
        continue;
      }
      const next = (small / 10) | 0;
      bytes[last] = 0x30 + (small - next * 10);
      small = next;
    }
    this.length = end;
    return this;
  }

  toString(): string {
    return decoder.decode(this.bytes.subarray(0, this.length));
  }

  /** @returns false where the text is not ASCII */
  #ofAscii(text: string): boolean {
    const { bytes, words } = this;
    const { length } = text;
    const whole = length & ~3;
    let seen = 0;
    let at = 0;
    for (; at < whole; at += 4) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      seen |= a | b | c | d;
      words[at >> 2] = a | (b << 8) | (c << 16) | (d << 24);
    }
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      seen |= code;
      bytes[at] = code;
    }
    this.length = length;
    return seen < 128;
  }

  #encode(text: string, start: number): void {
    // A letter is at most three bytes for each unit of the string; a long text is mostly less.
    if (text.length <= mostKept) {
      this.reserve(start + text.length * 3);
      this.length = start + encoder.encodeInto(text, this.bytes.subarray(start)).written;
      return;
    }
    const encoded = encoder.encode(text);
    this.reserve(start + encoded.length);
    this.bytes.set(encoded, start);
    this.length = start + encoded.length;
  }

  #allot(capacity: number): void {
    const buffer = new ArrayBuffer(((capacity + 3) & ~3) + slack);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }
}
