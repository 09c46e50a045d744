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

const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '"') return quoted(this.#string());
    if (first === "{") return this.#object();
    if (first === "[") return this.#array();
    for (const word of ["true", "false", "null"]) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return word;
    }
    numberAt.lastIndex = this.#at;
    const digits = numberAt.exec(this.#text)?.[0];
    if (digits === undefined) throw new NotJson();
    this.#at += digits.length;
    return numberText(digits);
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

  #take(expected: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== expected) return false;
    this.#at++;
    return true;
  }

  #object(): string {
    this.#at++;
    const members = new Map<string, string>();
    if (this.#take("}")) return "{}";
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw new NotJson();
      const key = this.#string();
      if (!this.#take(":")) throw new NotJson();
      members.set(key, this.value());
    } while (this.#take(","));
    if (!this.#take("}")) throw new NotJson();
    const sorted = [...members].sort(([a], [b]) => compareKeys(a, b));
    return `{${sorted.map(([key, value]) => `${quoted(key)}: ${value}`).join(", ")}}`;
  }

  #array(): string {
    this.#at++;
    if (this.#take("]")) return "[]";
    const items: string[] = [];
    do items.push(this.value());
    while (this.#take(","));
    if (!this.#take("]")) throw new NotJson();
    return `[${items.join(", ")}]`;
  }

  #string(): string {
    this.#at++;
    let result = "";
    for (;;) {
      const start = this.#at;
      for (;;) {
        const code = this.#text.charCodeAt(this.#at);
        // NaN, the end of the text, ends the loop too.
        if (!(code >= 0x20) || code === 0x22 || code === 0x5c) break;
        this.#at++;
      }
      result += this.#text.slice(start, this.#at);
      const next = this.#text[this.#at++];
      if (next === '"') return wellFormed(result);
      if (next !== "\\") throw new NotJson();
      result += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? "";
    if (letter !== "u") {
      const meant = escapes[letter];
      if (meant === undefined) throw new NotJson();
      return meant;
    }
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(hex) || hex === "0000") throw new NotJson();
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new NotJson();
  return text;
}

function compareKeys(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || Buffer.compare(left, right);
}

const named: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function quoted(text: string): string {
  let special = false;
  for (let at = 0; at < text.length && !special; at++) {
    const code = text.charCodeAt(at);
    special = code < 0x20 || code === 0x22 || code === 0x5c;
  }
  if (!special) return `"${text}"`;
  let result = '"';
  for (const letter of text) {
    const code = letter.charCodeAt(0);
    result += named[letter] ?? (code < 0x20 ? `\\u${code.toString(16).padStart(4, "0")}` : letter);
  }
  return `${result}"`;
}

/** As numeric_out prints it: no exponent, trailing zeros as far as the exponent leaves them. */
function numberText(text: string): string {
  if (!/[.eE-]/.test(text)) return text;
  const [, sign, whole = "", fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(text) ?? [];
  const exponent = Number(power);
  const scale = Math.max(0, fraction.length - exponent);
  const all = whole + fraction;
  // More than numeric holds. A zero with a great exponent is a zero.
  const significant = all.replace(/^0+/, "");
  if (scale > 16_383) throw new NotJson();
  if (significant !== "" && significant.length - fraction.length + exponent > 131_072) throw new NotJson();
  if (significant === "") return scale > 0 ? `0.${"0".repeat(scale)}` : "0";
  const integer = significant.length - fraction.length + exponent;
  const digits = scale === 0 ? significant.padEnd(integer, "0") : significant.padStart(scale, "0");
  const head = digits.slice(0, digits.length - scale) || "0";
  return `${sign}${head}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ""}`;
}
