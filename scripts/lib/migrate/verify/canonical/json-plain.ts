import { Utf8 } from "./utf8.ts";

/** Beyond these, and with escapes, exponents, equal keys or anything that is no JSON, the reader of all JSON has to decide. */
const [deepest, mostMembers, longest] = [64, 256, 100_000];

/**
 * What most JSON texts are, from bytes to bytes in one pass and without a call for each value: a big table has millions of
 * them. Gives the same as `Jsonb`, or nothing.
 */
export class PlainJsonb {
  readonly #text = new Utf8();
  readonly #out = new Utf8();
  #scratch = new Uint8Array(256);
  /** Where in the output each member of the objects that are open begins, and its key ends. */
  readonly #starts = new Int32Array(mostMembers);
  readonly #keyEnds = new Int32Array(mostMembers);
  readonly #order = new Int32Array(mostMembers);
  /** For each container that is open: the letter that closes it, and its first member. */
  readonly #closing = new Uint8Array(deepest);
  readonly #first = new Int32Array(deepest);

  /** @returns a buffer that the next text overwrites; undefined for a text that needs more than this */
  of(text: string): Utf8 | undefined {
    if (text.length > longest) return undefined;
    const { bytes, length } = this.#text.ofText(text);
    // No letter of any value: each loop ends there.
    bytes[length] = 0;
    // A space may come behind each colon and comma.
    this.#out.clear().reserve(length * 2);
    const end = this.#read(bytes, length, this.#out.bytes);
    if (end < 0) return undefined;
    this.#out.length = end;
    return this.#out;
  }

  /** @returns bytes that were written, -1 for a text that needs more */
  #read(text: Uint8Array, length: number, out: Uint8Array): number {
    let at = 0;
    let to = 0;
    let depth = 0;
    let members = 0;
    for (;;) {
      // One value.
      at = skipSpace(text, at);
      const code = text[at] as number;
      let opened = false;
      if (code === 0x22) {
        const next = copyString(text, at, out, to);
        if (next < 0) return -1;
        at += next - to;
        to = next;
      } else if (code === 0x7b || code === 0x5b) {
        out[to++] = code;
        at = skipSpace(text, at + 1);
        // Both closing letters are two behind the opening ones.
        if (text[at] === code + 2) {
          out[to++] = code + 2;
          at++;
        } else {
          if (++depth === deepest) return -1;
          this.#closing[depth] = code + 2;
          this.#first[depth] = members;
          opened = true;
        }
      } else {
        const end = code >= 0x61 ? wordEnd(text, at) : numberEnd(text, at);
        if (end === 0) return -1;
        while (at < end) out[to++] = text[at++] as number;
      }
      // What comes behind it: the end of as many containers, and a comma.
      while (!opened) {
        at = skipSpace(text, at);
        if (depth === 0) return at === length ? to : -1;
        const closing = this.#closing[depth] as number;
        const next = text[at++];
        if (next === 0x2c) {
          out[to++] = 0x2c;
          out[to++] = 0x20;
          break;
        }
        if (next !== closing) return -1;
        if (closing === 0x7d) {
          if (!this.#inOrder(this.#first[depth] as number, members, to, out)) return -1;
          members = this.#first[depth] as number;
        }
        out[to++] = closing;
        depth--;
      }
      if (this.#closing[depth] !== 0x7d) continue;
      at = skipSpace(text, at);
      if (text[at] !== 0x22 || members === mostMembers) return -1;
      const keyEnd = copyString(text, at, out, to);
      if (keyEnd < 0) return -1;
      this.#starts[members] = to;
      this.#keyEnds[members++] = keyEnd;
      at = skipSpace(text, at + keyEnd - to);
      if (text[at++] !== 0x3a) return -1;
      out[keyEnd] = 0x3a;
      out[keyEnd + 1] = 0x20;
      to = keyEnd + 2;
    }
  }

  /** Brings the members of an object in jsonb's order, by length of the key and then by its bytes. @returns false for equal keys */
  #inOrder(first: number, last: number, end: number, out: Uint8Array): boolean {
    const order = this.#order;
    let moved = last;
    for (let i = first; i < last; i++) {
      let place = i;
      for (; place > first; place--) {
        const other = order[place - 1] as number;
        const relation = this.#compare(other, i, out);
        if (relation === 0) return false;
        if (relation < 0) break;
        order[place] = other;
      }
      order[place] = i;
      if (place < moved && place < i) moved = place;
    }
    if (moved < last) this.#rewrite(moved, last, end, out);
    return true;
  }

  /** Writes the members from the first that moves on. */
  #rewrite(moved: number, last: number, end: number, out: Uint8Array): void {
    const starts = this.#starts;
    const from = starts[moved] as number;
    if (this.#scratch.length < end - from) this.#scratch = new Uint8Array(2 * (end - from));
    const scratch = this.#scratch;
    for (let at = from; at < end; at++) scratch[at - from] = out[at] as number;
    let to = from;
    for (let i = moved; i < last; i++) {
      const member = this.#order[i] as number;
      // A comma and a space are between two members.
      const memberEnd = (member + 1 < last ? (starts[member + 1] as number) - 2 : end) - from;
      for (let at = (starts[member] as number) - from; at < memberEnd; at++) out[to++] = scratch[at] as number;
      if (i + 1 === last) break;
      out[to++] = 0x2c;
      out[to++] = 0x20;
    }
  }

  #compare(a: number, b: number, out: Uint8Array): number {
    let left = this.#starts[a] as number;
    let right = this.#starts[b] as number;
    const leftEnd = this.#keyEnds[a] as number;
    const longer = leftEnd - left - ((this.#keyEnds[b] as number) - right);
    if (longer !== 0) return longer;
    for (; left < leftEnd; left++, right++) {
      const order = (out[left] as number) - (out[right] as number);
      if (order !== 0) return order;
    }
    return 0;
  }
}

function skipSpace(text: Uint8Array, from: number): number {
  let at = from;
  for (let code = text[at]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text[at]) at++;
  return at;
}

/** Copies a string, quotes included. @returns the end of what was written; -1 where it has an escape or does not end */
function copyString(text: Uint8Array, start: number, out: Uint8Array, begin: number): number {
  let at = start + 1;
  let to = begin;
  out[to++] = 0x22;
  for (;;) {
    const code = text[at++] as number;
    if (code < 0x20 || code === 0x5c) return -1;
    out[to++] = code;
    if (code === 0x22) return to;
  }
}

/** The end of true, false or null; 0 where it is none of them. */
function wordEnd(text: Uint8Array, at: number): number {
  const rest = ((text[at + 1] as number) << 16) | ((text[at + 2] as number) << 8) | (text[at + 3] as number);
  if (text[at] === 0x74) return rest === 0x727565 ? at + 4 : 0;
  if (text[at] === 0x6e) return rest === 0x756c6c ? at + 4 : 0;
  return text[at] === 0x66 && rest === 0x616c73 && text[at + 4] === 0x65 ? at + 5 : 0;
}

/** Longer numbers may be more than numeric holds. */
const longestNumber = 1000;

/** The end of a number that is printed as it is written: no exponent, no -0; 0 where it is another one, or none. */
function numberEnd(text: Uint8Array, start: number): number {
  const negative = text[start] === 0x2d;
  const whole = negative ? start + 1 : start;
  let at = whole;
  let bits = 0;
  let code = text[at] as number;
  for (; code >= 0x30 && code <= 0x39; code = text[++at] as number) bits |= code & 15;
  if (at === whole || (text[whole] === 0x30 && at > whole + 1)) return 0;
  if (code === 0x2e) {
    const point = at;
    code = text[++at] as number;
    for (; code >= 0x30 && code <= 0x39; code = text[++at] as number) bits |= code & 15;
    if (at === point + 1) return 0;
  }
  const usual = code !== 0x65 && code !== 0x45 && at - start <= longestNumber;
  return usual && (bits !== 0 || !negative) ? at : 0;
}
