/** A decimal number, exact: ± 0.DIGITS × 10^exponent, the digits without zeros at either end; "" for zero. */
export interface Decimal {
  negative: boolean;
  digits: string;
  exponent: number;
}

const literal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Reads a decimal literal; undefined for anything else, white space included. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = literal.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const all = whole + fraction;
  let start = 0;
  while (all[start] === "0") start++;
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  if (start === end) return { negative: false, digits: "", exponent: 0 };
  return {
    negative: sign === "-",
    digits: all.slice(start, end),
    exponent: whole.length - start + Number(power),
  };
}

/** Digits after the point. */
export const scaleOf = ({ digits, exponent }: Decimal) => Math.max(0, digits.length - exponent);

/** As PostgreSQL prints a numeric without trailing zeros: no exponent, "0" for zero. */
export function decimalText({ negative, digits, exponent }: Decimal): string {
  if (digits === "") return "0";
  const sign = negative ? "-" : "";
  if (exponent <= 0) return `${sign}0.${"0".repeat(-exponent)}${digits}`;
  if (exponent >= digits.length) return `${sign}${digits}${"0".repeat(exponent - digits.length)}`;
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Whether numeric, or numeric(precision, scale), holds it without rounding. */
export function fitsNumeric(decimal: Decimal, [precision, scale = 0]: number[]): boolean {
  if (decimal.digits === "") return true;
  // What a plain numeric holds: 131,072 digits before the point and 16,383 after.
  if (precision === undefined) return decimal.exponent <= 131_072 && scaleOf(decimal) <= 16_383;
  return decimal.exponent <= precision - scale && decimal.digits.length - decimal.exponent <= scale;
}
