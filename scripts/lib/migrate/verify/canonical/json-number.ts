import type { Read } from "./json-string.ts";

const number = /(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/y;

/** Reads the JSON number at a position; undefined where there is none, or none that numeric holds. */
export function jsonNumber(text: string, start: number): Read | undefined {
  const end = endOfInteger(text, start);
  if (end > 0) return { printed: text.slice(start, end), end };
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

/** The end of a positive integer without more to it, 0 where there is none: what most numbers are. */
function endOfInteger(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (!(first >= 0x31 && first <= 0x39)) return 0;
  for (let at = start + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) continue;
    return code === 0x2e || code === 0x65 || code === 0x45 ? 0 : at;
  }
}
