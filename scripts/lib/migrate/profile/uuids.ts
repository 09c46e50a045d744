/** 0 for no hexadecimal digit, 1 for 0-9, 2 for a-f, 4 for A-F. */
const kinds = new Uint8Array(128);
for (const c of "0123456789") kinds[c.charCodeAt(0)] = 1;
for (const c of "abcdef") kinds[c.charCodeAt(0)] = 2;
for (const c of "ABCDEF") kinds[c.charCodeAt(0)] = 4;

/** `upper` has a capital letter at least: the type uuid would give it back in small ones. */
export type UuidForm = "lower" | "upper" | "plain32" | null;

export function uuidForm(text: string): UuidForm {
  const hyphens = text.length === 36;
  if (!hyphens && text.length !== 32) return null;
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (hyphens && (i === 8 || i === 13 || i === 18 || i === 23)) {
      if (c !== 45) return null;
      continue;
    }
    const kind = c < 128 ? (kinds[c] ?? 0) : 0;
    if (kind === 0) return null;
    seen |= kind;
  }
  if (!hyphens) return "plain32";
  return seen & 4 ? "upper" : "lower";
}
