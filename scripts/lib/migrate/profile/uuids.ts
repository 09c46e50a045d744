/** 0 for no hexadecimal digit, 1 for 0-9, 2 for a-f, 4 for A-F. */
const kinds = new Uint8Array(256);
for (const c of "0123456789") kinds[c.charCodeAt(0)] = 1;
for (const c of "abcdef") kinds[c.charCodeAt(0)] = 2;
for (const c of "ABCDEF") kinds[c.charCodeAt(0)] = 4;

/** `upper` has a capital letter at least: the type uuid would give it back in small ones. */
export type UuidForm = "lower" | "upper" | "plain32" | null;

export function uuidForm(bytes: Uint8Array, start: number, end: number): UuidForm {
  const hyphens = end - start === 36;
  if (!hyphens && end - start !== 32) return null;
  let seen = 0;
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number;
    const place = at - start;
    if (hyphens && (place === 8 || place === 13 || place === 18 || place === 23)) {
      if (c !== 45) return null;
      continue;
    }
    const kind = kinds[c] as number;
    if (kind === 0) return null;
    seen |= kind;
  }
  if (!hyphens) return "plain32";
  return seen & 4 ? "upper" : "lower";
}
