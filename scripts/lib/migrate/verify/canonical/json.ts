import { jsonNumber } from "./json-number.ts";
import { readJsonString } from "./json-string.ts";

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

const [quote, comma, colon, openList, closeList, openObject, closeObject] = [0x22, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d];

/** Each method leaves the position behind what it read. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    this.#space();
    const first = this.#text.charCodeAt(this.#at);
    if (first === quote) return this.#string();
    if (first === openObject) return this.#object();
    if (first === openList) return this.#list();
    for (const word of ["true", "false", "null"]) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return word;
    }
    const number = jsonNumber(this.#text, this.#at);
    if (!number) throw new NotJson();
    this.#at = number.end;
    return number.printed;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at === this.#text.length;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(expected: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== expected) return false;
    this.#at++;
    return true;
  }

  /** A string as jsonb prints it, quotes included. */
  #string(): string {
    const string = readJsonString(this.#text, this.#at);
    if (!string) throw new NotJson();
    this.#at = string.end;
    return string.printed;
  }

  #object(): string {
    this.#at++;
    if (this.#take(closeObject)) return "{}";
    const members: [key: string, value: string][] = [];
    do {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== quote) throw new NotJson();
      const key = this.#string();
      if (!this.#take(colon)) throw new NotJson();
      members.push([key, this.value()]);
    } while (this.#take(comma));
    if (!this.#take(closeObject)) throw new NotJson();
    const sorted = isSorted(members) ? members : [...new Map(members)].sort(([a], [b]) => compareKeys(a, b));
    let result = "{";
    for (const [key, value] of sorted) result += `${result === "{" ? "" : ", "}${key}: ${value}`;
    return `${result}}`;
  }

  #list(): string {
    this.#at++;
    if (this.#take(closeList)) return "[]";
    let result = `[${this.value()}`;
    while (this.#take(comma)) result += `, ${this.value()}`;
    if (!this.#take(closeList)) throw new NotJson();
    return `${result}]`;
  }
}

const isSorted = (members: [string, string][]) =>
  members.every(([key], i) => i === 0 || compareKeys(members[i - 1]?.[0] ?? "", key) < 0);

const ascii = /^[\x20-\x7e]*$/;

/** Keys come as they are printed. Only where one holds an escape has it to be read for its real length. */
function compareKeys(a: string, b: string): number {
  if (!ascii.test(a) || !ascii.test(b) || a.includes("\\") || b.includes("\\")) {
    const [left, right] = [Buffer.from(JSON.parse(a)), Buffer.from(JSON.parse(b))];
    return left.length - right.length || Buffer.compare(left, right);
  }
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
