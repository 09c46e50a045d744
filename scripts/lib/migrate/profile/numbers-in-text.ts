/** How a text reads as a number; each kind includes those before it. */
export type NumberForm = "integer" | "decimal" | "looking" | null;

/** Digits of the decimal literal that `numberForm` saw last, before and after its point. */
export let integerDigits = 0;
export let scale = 0;

/**
 * - integer: a whole number in canonical form within int64: no sign +, no leading zero, no -0.
 * - decimal: the same with digits after a point, and without a limit; -0.0 is none, because numeric has no such.
 * - looking: SQLite reads it as a number, but the number's own text would be another: 007, +1, 1., 1e3, " 1".
 */
export function numberForm(bytes: Uint8Array, start: number, end: number): NumberForm {
  const negative = bytes[start] === 45;
  const first = negative ? start + 1 : start;
  const stop = digitsEnd(bytes, first, end);
  const whole = stop - first;
  if (whole > 0 && (whole === 1 || bytes[first] !== 48)) {
    if (stop === end) {
      integerDigits = whole;
      scale = 0;
      if (whole < 19) return negative && bytes[first] === 48 ? "looking" : "integer";
      return whole === 19 && isInt64(bytes, start, end) ? "integer" : "decimal";
    }
    const fraction = bytes[stop] === 46 ? digitsEnd(bytes, stop + 1, end) : -1;
    if (fraction === end && fraction > stop + 1) {
      if (negative && isZero(bytes, first, end)) return "looking";
      integerDigits = whole;
      scale = fraction - stop - 1;
      return "decimal";
    }
  }
  // A word that begins with digits is the usual case.
  if (whole > 0 && stop < end && !goesOn(bytes[stop] as number)) return null;
  return looksNumeric(bytes, start, end) ? "looking" : null;
}

/** Whether the character can follow the digits of a number: a point, an e or E, white space. */
const goesOn = (c: number) => c <= 32 || c === 46 || c === 69 || c === 101;

/** Blanks, a sign, digits with a point anywhere among them, an exponent, blanks. */
function looksNumeric(bytes: Uint8Array, start: number, end: number): boolean {
  const first = signEnd(bytes, blanksEnd(bytes, start, end), end);
  let at = digitsEnd(bytes, first, end);
  let digits = at - first;
  if (at < end && bytes[at] === 46) {
    const stop = digitsEnd(bytes, at + 1, end);
    digits += stop - at - 1;
    at = stop;
  }
  if (digits === 0) return false;
  if (at < end && (bytes[at] === 69 || bytes[at] === 101)) {
    const exponent = signEnd(bytes, at + 1, end);
    at = digitsEnd(bytes, exponent, end);
    if (at === exponent) return false;
  }
  return blanksEnd(bytes, at, end) === end;
}

const signEnd = (bytes: Uint8Array, at: number, end: number) =>
  at < end && (bytes[at] === 43 || bytes[at] === 45) ? at + 1 : at;

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57) at += 1;
  return at;
}

/** Space, and tab to carriage return. */
function blanksEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 32 || ((bytes[at] as number) >= 9 && (bytes[at] as number) <= 13))) at += 1;
  return at;
}

/** Whether a literal of digits and a point has no digit but 0. */
function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 48) return false;
  return true;
}

function isInt64(bytes: Uint8Array, start: number, end: number): boolean {
  const value = BigInt(String.fromCharCode(...bytes.subarray(start, end)));
  return BigInt.asIntN(64, value) === value;
}
