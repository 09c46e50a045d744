const most = 16;
/** In UTF-16 units. */
const longest = 40;

/** The different texts of a column, as long as they are few and short. */
export class FewTexts {
  /** Null once there were too many, or a long one. */
  texts: Set<string> | null = new Set();
  /** The bytes of those texts: most texts of such a column came before, and need no string. */
  #known: Uint8Array[] = [];

  add(bytes: Buffer, start: number, length: number): void {
    if (this.texts === null || this.#isKnown(bytes, start, length)) return;
    // No unit takes more than three bytes.
    const text = length > longest * 3 ? undefined : bytes.toString("utf8", start, start + length);
    if (text === undefined || text.length > longest || this.texts.add(text).size > most) {
      this.texts = null;
      this.#known = [];
    } else if (this.#known.length < most) this.#known.push(Uint8Array.from(bytes.subarray(start, start + length)));
  }

  #isKnown(bytes: Uint8Array, start: number, length: number): boolean {
    for (const known of this.#known) if (known.length === length && begins(bytes, start, known)) return true;
    return false;
  }

  /** @param other as it may have come from another thread: the fields, without the methods */
  merge(other: FewTexts): void {
    const all = this.texts && other.texts ? new Set([...this.texts, ...other.texts]) : null;
    this.texts = all && all.size <= most ? all : null;
  }

  sorted(): string[] | null {
    return this.texts ? [...this.texts].sort() : null;
  }
}

function begins(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
