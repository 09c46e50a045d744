/** How a text reads as a number; each kind includes those before it. */
export type NumberForm = "integer" | "decimal" | "looking" | null;

/** Digits of the decimal literal that `numberForm` saw last, before and after its point. */
export let integerDigits = 0;
export let scale = 0;

const looksNumeric = /^[ \t-\r]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t-\r]*$/;

/**
 * - integer: a whole number in canonical form within int64: no sign +, no leading zero, no -0.
 * - decimal: the same with digits after a point, and without a limit; -0.0 is none, because numeric has no such.
 * - looking: SQLite reads it as a number, but the number's own text would be another: 007, +1, 1., 1e3, " 1".
 */
export function numberForm(text: string): NumberForm {
  const negative = text.charCodeAt(0) === 45;
  const start = negative ? 1 : 0;
  const end = digitsEnd(text, start);
  const whole = end - start;
  if (whole > 0 && (whole === 1 || text.charCodeAt(start) !== 48)) {
    if (end === text.length) {
      integerDigits = whole;
      scale = 0;
      if (whole < 19) return negative && text === "-0" ? "looking" : "integer";
      return whole === 19 && isInt64(text) ? "integer" : "decimal";
    }
    const fraction = text.charCodeAt(end) === 46 ? digitsEnd(text, end + 1) : -1;
    if (fraction === text.length && fraction > end + 1) {
      if (negative && !/[1-9]/.test(text)) return "looking";
      integerDigits = whole;
      scale = fraction - end - 1;
      return "decimal";
    }
  }
  // A word that begins with digits is the usual case, and asking the pattern costs as much as all of the above.
  if (whole > 0 && !goesOn(text.charCodeAt(end))) return null;
  return looksNumeric.test(text) ? "looking" : null;
}

/** Whether the character can follow the digits of a number: a point, an e or E, white space, or the end (NaN). */
const goesOn = (c: number) => !(c > 32) || c === 46 || c === 69 || c === 101;

function digitsEnd(text: string, start: number): number {
  let end = start;
  for (let c = text.charCodeAt(end); c >= 48 && c <= 57; c = text.charCodeAt(end)) end += 1;
  return end;
}

function isInt64(text: string): boolean {
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value;
}
