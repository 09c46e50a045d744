import type { Read } from "./json-string.ts";

const number = /(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/y;

/** Reads the JSON number at a position; undefined where there is none, or none that numeric holds. */
export function jsonNumber(text: string, start: number): Read | undefined {
  number.lastIndex = start;
  const match = number.exec(text);
  if (!match) return undefined;
  const [all, sign = "", whole = "", fraction, power] = match;
  const after = start + all.length;
  if (fraction === undefined && power === undefined) return { printed: whole === "0" ? "0" : all, end: after };
  const printed = printNumeric(sign, whole, fraction ?? "", Number(power ?? 0));
  return printed === undefined ? undefined : { printed, end: after };
}

/** As numeric_out prints it: no exponent, trailing zeros as far as the exponent leaves them. */
function printNumeric(sign: string, whole: string, fraction: string, exponent: number): string | undefined {
  const scale = Math.max(0, fraction.length - exponent);
  const digits = (whole + fraction).replace(/^0+/, "");
  if (scale > 16_383) return undefined;
  // A zero with a great exponent is a zero.
  if (digits === "") return scale > 0 ? `0.${"0".repeat(scale)}` : "0";
  const integerDigits = digits.length - fraction.length + exponent;
  if (integerDigits > 131_072) return undefined;
  if (scale === 0) return sign + digits.padEnd(integerDigits, "0");
  const padded = digits.padStart(scale + 1, "0");
  return `${sign}${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`;
}

/** Digits of a number that needs no second look: far below what numeric holds. */
const usualLength = 1000;

/** The end of a number that is printed as it is written, without an exponent and no -0; 0 where it is another one, or none. */
export function endOfPlain(text: string, start: number): number {
  let at = start;
  let code = text.charCodeAt(at);
  const negative = code === 0x2d;
  if (negative) code = text.charCodeAt(++at);
  const whole = at;
  const startsWithZero = code === 0x30;
  let bits = 0;
  for (; code >= 0x30 && code <= 0x39; code = text.charCodeAt(++at)) bits |= code & 15;
  if (at === whole || (startsWithZero && at > whole + 1)) return 0;
  if (code === 0x2e) {
    const point = at;
    code = text.charCodeAt(++at);
    for (; code >= 0x30 && code <= 0x39; code = text.charCodeAt(++at)) bits |= code & 15;
    if (at === point + 1) return 0;
  }
  const usual = code !== 0x65 && code !== 0x45 && at - start <= usualLength;
  return usual && (bits !== 0 || !negative) ? at : 0;
}
