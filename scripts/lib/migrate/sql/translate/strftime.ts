import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { refuse } from "./typed.ts";

interface Field {
  /** For to_char(); null where it has none. */
  pattern: string | null;
  /** An integer, over the timestamp `at`. */
  number: (at: string) => string;
  width: number;
  fill?: " ";
}

const part = (name: string) => (at: string) => `floor(extract(${name} FROM ${at}))::int`;
const hour12 = (at: string) => `((extract(hour FROM ${at})::int + 11) % 12 + 1)`;
/** Weeks begin on a Sunday, or on a Monday; the days before the first are week 0. */
const week = (weekday: string, first: number) => (at: string) =>
  `((extract(doy FROM ${at})::int + ${6 + first} - extract(${weekday} FROM ${at})::int) / 7)`;

/** The letters of strftime() that are numbers. */
const fields: Record<string, Field> = {
  Y: { pattern: "YYYY", number: part("year"), width: 4 },
  m: { pattern: "MM", number: part("month"), width: 2 },
  d: { pattern: "DD", number: part("day"), width: 2 },
  e: { pattern: null, number: part("day"), width: 2, fill: " " },
  H: { pattern: "HH24", number: part("hour"), width: 2 },
  I: { pattern: "HH12", number: hour12, width: 2 },
  k: { pattern: null, number: part("hour"), width: 2, fill: " " },
  l: { pattern: null, number: hour12, width: 2, fill: " " },
  M: { pattern: "MI", number: part("minute"), width: 2 },
  S: { pattern: "SS", number: part("second"), width: 2 },
  j: { pattern: "DDD", number: part("doy"), width: 3 },
  u: { pattern: "ID", number: part("isodow"), width: 1 },
  w: { pattern: null, number: part("dow"), width: 1 },
  U: { pattern: null, number: week("dow", 0), width: 2 },
  W: { pattern: null, number: week("isodow", 1), width: 2 },
  V: { pattern: "IW", number: part("week"), width: 2 },
  G: { pattern: "IYYY", number: part("isoyear"), width: 4 },
  g: { pattern: null, number: (at) => `${part("isoyear")(at)} % 100`, width: 2 },
};

/** The other letters, as texts. */
const texts: Record<string, { pattern: string | null; sql: (at: string) => string }> = {
  f: { pattern: "SS.MS", sql: (at) => `lpad(trunc(extract(second FROM ${at}), 3)::text, 6, '0')` },
  p: { pattern: "AM", sql: (at) => `(CASE WHEN extract(hour FROM ${at}) < 12 THEN 'AM' ELSE 'PM' END)` },
  P: { pattern: "am", sql: (at) => `(CASE WHEN extract(hour FROM ${at}) < 12 THEN 'am' ELSE 'pm' END)` },
  s: { pattern: null, sql: (at) => `${seconds(at)}::text` },
};

const seconds = (at: string): string => `floor(extract(epoch FROM ${at}))::bigint`;
const abbreviations: Record<string, string> = { F: "%Y-%m-%d", T: "%H:%M:%S", R: "%H:%M" };

/**
 * A timestamp in a format of strftime().
 * @param immutable for generated columns and indexes: to_char() is not, extract() is
 * @returns `digits`, too, where the format is one number: the same as an integer
 */
export function strftime(format: string, at: string, immutable: boolean): { text: string; digits?: string } {
  const full = format.replaceAll(/%([FTR])/g, (_, letter) => abbreviations[letter] ?? "");
  const pieces = full.split(/(%.)/s).filter((piece) => piece !== "");
  const letters = pieces.map((piece) =>
    piece.startsWith("%") ? (piece[1] ?? refuse("strftime() with an open %")) : "",
  );
  const [only = ""] = letters;
  const known = (letter: string) => letter === "" || letter === "%" || letter in fields || letter in texts;
  const odd = letters.find((letter) => !known(letter));
  if (odd !== undefined) refuse(`strftime() with %${odd}`);
  const patterned = (letter: string) =>
    letter === "" || letter === "%" || (fields[letter]?.pattern ?? texts[letter]?.pattern ?? null) !== null;
  const text = !immutable && letters.every(patterned) ? byPattern(pieces, at) : byParts(pieces, at);
  if (letters.length !== 1) return { text };
  if (only === "s") return { text, digits: seconds(at) };
  const field = fields[only];
  return field ? { text, digits: `${field.number(at)}::bigint` } : { text };
}

function byPattern(pieces: string[], at: string): string {
  const pattern = pieces.map((piece) => {
    const letter = piece.startsWith("%") ? (piece[1] ?? "") : "";
    if (letter === "" || letter === "%") return quoted(letter === "%" ? "%" : piece);
    return fields[letter]?.pattern ?? texts[letter]?.pattern ?? "";
  });
  return `to_char(${at}, ${quoteLiteral(pattern.join(""))})`;
}

/** Only letters and digits mean something to to_char. */
const quoted = (piece: string): string =>
  /[A-Za-z0-9"\\]/.test(piece) ? `"${piece.replaceAll(/["\\]/g, "\\$&")}"` : piece;

function byParts(pieces: string[], at: string): string {
  const parts = pieces.map((piece) => {
    const letter = piece.startsWith("%") ? (piece[1] ?? "") : "";
    if (letter === "" || letter === "%") return quoteLiteral(letter === "%" ? "%" : piece);
    const field = fields[letter];
    if (!field) return texts[letter]?.sql(at) ?? "";
    return `lpad((${field.number(at)})::text, ${field.width}, '${field.fill ?? "0"}')`;
  });
  return `(${parts.join(" || ")})`;
}
