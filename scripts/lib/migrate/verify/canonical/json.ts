import { JsonKeys } from "./json-keys.ts";
import { endOfPlain, jsonNumber } from "./json-number.ts";
import { PlainJsonb } from "./json-plain.ts";
import { stringWithEscapes } from "./json-string.ts";
import { Utf8 } from "./utf8.ts";

class NotJson extends Error {}

/**
 * JSON text → the text that PostgreSQL's jsonb prints for it. Numbers keep their digits (JSON.parse would bend them): 2e3 is
 * 2000, -0 is 0, 1.50 stays 1.50. Keys are sorted by length in bytes, then by bytes; of equal keys the last one counts.
 */
export class Jsonb {
  readonly #plain = new PlainJsonb();
  readonly #out = new Utf8();
  readonly #keys = new JsonKeys();
  #text = "";
  #at = 0;
  /** Whether the last string held an escape, so that its bytes are not what it looks like. */
  #escaped = false;

  /** @returns a buffer that the next text overwrites; undefined where jsonb does not take the text */
  of(text: string): Utf8 | undefined {
    return this.#plain.of(text) ?? this.#whole(text);
  }

  #whole(text: string): Utf8 | undefined {
    this.#text = text;
    this.#at = 0;
    this.#out.clear();
    this.#keys.clear();
    try {
      this.#value();
      return Number.isNaN(this.#next()) ? this.#out : undefined;
    } catch (error) {
      // A RangeError is a text nested too deeply; the server's stack is no deeper.
      if (error instanceof NotJson || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  // Each method leaves the position behind what it read. Goes by character codes: a big table has millions of these texts.

  #value(): void {
    const code = this.#next();
    if (code === 0x22) this.#string();
    else if (code === 0x7b) this.#object();
    else if (code === 0x5b) this.#list();
    else if (code === 0x74) this.#word("true");
    else if (code === 0x66) this.#word("false");
    else if (code === 0x6e) this.#word("null");
    else this.#number();
  }

  /** The next code that is no white space; NaN at the end. */
  #next(): number {
    const text = this.#text;
    for (let at = this.#at; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) continue;
      this.#at = at;
      return code;
    }
  }

  #take(expected: number): boolean {
    if (this.#next() !== expected) return false;
    this.#at++;
    return true;
  }

  #word(word: string): void {
    const text = this.#text;
    const start = this.#at;
    for (let i = 1; i < word.length; i++) if (text.charCodeAt(start + i) !== word.charCodeAt(i)) throw new NotJson();
    this.#at += word.length;
    this.#out.appendAscii(word, 0, word.length);
  }

  #number(): void {
    const end = endOfPlain(this.#text, this.#at);
    if (end > 0) {
      this.#out.appendAscii(this.#text, this.#at, end);
      this.#at = end;
      return;
    }
    const number = jsonNumber(this.#text, this.#at);
    if (!number) throw new NotJson();
    this.#at = number.end;
    this.#out.append(number.printed);
  }

  /** A string as jsonb prints it, quotes included. */
  #string(): void {
    const text = this.#text;
    const out = this.#out;
    const start = this.#at;
    const begin = out.length;
    out.reserve(begin + 64);
    let { bytes } = out;
    let to = begin;
    bytes[to++] = 0x22;
    for (let at = start + 1; ; at++) {
      const code = text.charCodeAt(at);
      // NaN is the end of the text.
      if (!(code >= 0x20) || code === 0x5c || code > 0x7f) break;
      if (to >= bytes.length - 16) {
        out.length = to;
        out.reserve(to * 2);
        bytes = out.bytes;
      }
      bytes[to++] = code;
      if (code !== 0x22) continue;
      this.#at = at + 1;
      this.#escaped = false;
      out.length = to;
      return;
    }
    out.length = begin;
    this.#unusual(start);
  }

  /** A string with letters beyond ASCII, or with escapes. */
  #unusual(start: number): void {
    const text = this.#text;
    for (let at = start + 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x5c || !(code >= 0x20)) break;
      if (code !== 0x22) continue;
      this.#at = at + 1;
      this.#escaped = false;
      this.#out.append(text.slice(start, at + 1));
      return;
    }
    const string = stringWithEscapes(text, start);
    if (!string) throw new NotJson();
    this.#at = string.end;
    this.#escaped = true;
    this.#out.append(string.printed);
  }

  #object(): void {
    const out = this.#out;
    const keys = this.#keys;
    const object = keys.open();
    this.#at++;
    out.byte(0x7b);
    for (let more = !this.#take(0x7d); more; ) {
      if (this.#next() !== 0x22) throw new NotJson();
      const start = out.length;
      this.#string();
      const member = keys.add(start, out.length, this.#escaped);
      if (!this.#take(0x3a)) throw new NotJson();
      out.byte(0x3a);
      out.byte(0x20);
      this.#value();
      keys.end(member, out.length);
      more = this.#more(0x7d);
    }
    keys.close(object, out);
    out.byte(0x7d);
  }

  #list(): void {
    this.#at++;
    this.#out.byte(0x5b);
    for (let more = !this.#take(0x5d); more; more = this.#more(0x5d)) this.#value();
    this.#out.byte(0x5d);
  }

  /** Behind a member: whether another follows, or the end does. */
  #more(end: number): boolean {
    const code = this.#next();
    if (code !== 0x2c && code !== end) throw new NotJson();
    this.#at++;
    if (code === end) return false;
    this.#out.byte(0x2c);
    this.#out.byte(0x20);
    return true;
  }
}
