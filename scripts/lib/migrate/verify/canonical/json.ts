import { jsonNumber } from "./json-number.ts";
import { stringWithEscapes } from "./json-string.ts";

/**
 * JSON text → the text that PostgreSQL's jsonb prints for it, or undefined where jsonb does not take it. Numbers keep their
 * digits (JSON.parse would bend them): 2e3 is 2000, -0 is 0, 1.50 stays 1.50. Keys are sorted by length in bytes, then by
 * bytes; of equal keys the last one counts.
 */
export function jsonbText(text: string): string | undefined {
  try {
    const reader = new Reader(text);
    const result = reader.value();
    return reader.atEnd() ? result : undefined;
  } catch (error) {
    // A RangeError is a text nested too deeply; the server's stack is no deeper.
    if (error instanceof NotJson || error instanceof RangeError) return undefined;
    throw error;
  }
}

class NotJson extends Error {}

/** Each method leaves the position behind what it read. Goes by character codes: a big table has millions of these texts. */
class Reader {
  readonly #text: string;
  #at = 0;
  /** Whether the last string was ASCII without an escape, so that its length is what it looks like. */
  #plain = true;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    switch (this.#next()) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#list();
      case 0x74:
        return this.#word("true");
      case 0x66:
        return this.#word("false");
      case 0x6e:
        return this.#word("null");
      default:
        return this.#number();
    }
  }

  atEnd(): boolean {
    this.#next();
    return this.#at === this.#text.length;
  }

  /** The next code that is no white space; NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #take(expected: number): boolean {
    if (this.#next() !== expected) return false;
    this.#at++;
    return true;
  }

  #word(word: string): string {
    if (!this.#text.startsWith(word, this.#at)) throw new NotJson();
    this.#at += word.length;
    return word;
  }

  #number(): string {
    const number = jsonNumber(this.#text, this.#at);
    if (!number) throw new NotJson();
    this.#at = number.end;
    return number.printed;
  }

  /** A string as jsonb prints it, quotes included. */
  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let seen = 0;
    for (let at = start + 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        this.#plain = seen < 0x7f;
        return text.slice(start, at + 1);
      }
      // NaN is the end of the text.
      if (code === 0x5c || !(code >= 0x20)) break;
      seen |= code;
    }
    const string = stringWithEscapes(text, start);
    if (!string) throw new NotJson();
    this.#at = string.end;
    this.#plain = false;
    return string.printed;
  }

  #object(): string {
    this.#at++;
    if (this.#take(0x7d)) return "{}";
    const keys: string[] = [];
    const values: string[] = [];
    let plain = true;
    do {
      if (this.#next() !== 0x22) throw new NotJson();
      const key = this.#string();
      plain &&= this.#plain;
      if (!this.#take(0x3a)) throw new NotJson();
      insert(keys, values, key, this.value(), plain);
    } while (this.#take(0x2c));
    if (!this.#take(0x7d)) throw new NotJson();
    let result = `{${keys[0]}: ${values[0]}`;
    for (let i = 1; i < keys.length; i++) result += `, ${keys[i]}: ${values[i]}`;
    return `${result}}`;
  }

  #list(): string {
    this.#at++;
    if (this.#take(0x5d)) return "[]";
    let result = `[${this.value()}`;
    while (this.#take(0x2c)) result += `, ${this.value()}`;
    if (!this.#take(0x5d)) throw new NotJson();
    return `${result}]`;
  }
}

/** Puts a member where it belongs, from behind, since keys often come in order; in place of one with the same key. */
function insert(keys: string[], values: string[], key: string, value: string, plain: boolean): void {
  let low = 0;
  let high = keys.length;
  if (high > 0 && compareKeys(key, keys[high - 1] as string, plain) > 0) low = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareKeys(key, keys[middle] as string, plain);
    if (order === 0) {
      values[middle] = value;
      return;
    }
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  put(keys, low, key);
  put(values, low, value);
}

/** A short list is moved faster here than by splice, which makes another list for what it takes out. */
function put(list: string[], at: number, item: string): void {
  if (list.length > 32) return void list.splice(at, 0, item);
  for (let i = list.length; i > at; i--) list[i] = list[i - 1] as string;
  list[at] = item;
}

/** Keys come as they are printed. Only where one holds an escape or a letter of several bytes is its real length another. */
function compareKeys(a: string, b: string, plain: boolean): number {
  if (plain) {
    if (a.length !== b.length) return a.length - b.length;
    for (let i = 1; i < a.length; i++) {
      const order = a.charCodeAt(i) - b.charCodeAt(i);
      if (order !== 0) return order;
    }
    return 0;
  }
  const [left, right] = [Buffer.from(JSON.parse(a)), Buffer.from(JSON.parse(b))];
  return left.length - right.length || Buffer.compare(left, right);
}
