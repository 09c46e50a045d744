/** What was read, as PostgreSQL prints it, and the position behind it. */
export interface Read {
  printed: string;
  end: number;
}

const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };

/** Reads the JSON string that begins at a quote, escapes and all; undefined where it is none, or none that jsonb takes. */
export function stringWithEscapes(text: string, start: number): Read | undefined {
  let value = "";
  for (let at = start + 1; ; ) {
    const code = text.charCodeAt(at);
    if (!(code >= 0x20)) return undefined;
    if (code === 0x22) return value.isWellFormed() ? { printed: quoted(value), end: at + 1 } : undefined;
    if (code !== 0x5c) {
      value += text[at++];
      continue;
    }
    const letter = text[at + 1] ?? "";
    if (letter === "u") {
      const hex = text.slice(at + 2, at + 6);
      // jsonb refuses the NUL character.
      if (!/^[0-9a-fA-F]{4}$/.test(hex) || hex === "0000") return undefined;
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 6;
    } else {
      const meant = escapes[letter];
      if (meant === undefined) return undefined;
      value += meant;
      at += 2;
    }
  }
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
  let result = '"';
  for (const letter of text) {
    const code = letter.charCodeAt(0);
    result += named[letter] ?? (code < 0x20 ? `\\u${code.toString(16).padStart(4, "0")}` : letter);
  }
  return `${result}"`;
}
