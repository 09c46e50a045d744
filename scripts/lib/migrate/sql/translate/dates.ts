import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asNumber } from "./coerce.ts";
import { int, literalText, real, refuse, type Translator, type Typed, text } from "./typed.ts";

/** SQLite's functions of dates: all of them read a moment in UTC, change it, and print it. */
export const dates: Record<string, (t: Translator, args: Typed[]) => Typed> = {
  date: (t, args) => print(t, "%Y-%m-%d", moment(args)),
  time: (t, args) => print(t, "%H:%M:%S", moment(args)),
  datetime: (t, args) => print(t, "%Y-%m-%d %H:%M:%S", moment(args)),
  strftime: (t, [format, ...args]) => strftime(t, format, args),
  unixepoch: (_, args) => int(`floor(extract(epoch FROM ${moment(args).sql}))::bigint`),
  julianday: (_, args) => julian(moment(args).sql),
};

/** Functions that read the clock. */
export function readsClock(args: Typed[]): boolean {
  return args.length === 0 || args.some((argument) => literalText(argument)?.toLowerCase() === "now");
}

export const now = (): Typed =>
  text(`to_char(CURRENT_TIMESTAMP AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`, { instant: "CURRENT_TIMESTAMP" });
export const today = (): Typed =>
  text(`to_char(CURRENT_TIMESTAMP AT TIME ZONE 'UTC', 'YYYY-MM-DD')`, {
    instant: "date_trunc('day', CURRENT_TIMESTAMP, 'UTC')",
  });
export const clock = (): Typed =>
  text(`to_char(CURRENT_TIMESTAMP AT TIME ZONE 'UTC', 'HH24:MI:SS')`, { instant: "CURRENT_TIMESTAMP" });

function julian(sql: string): Typed {
  return real(`(extract(epoch FROM ${sql})::double precision / 86400 + 2440587.5)`, { approximate: true });
}

interface Moment {
  /** A timestamp without a zone, in UTC. */
  sql: string;
  /** The same as timestamptz. */
  instant: string;
}

function moment([value, ...modifiers]: Typed[]): Moment {
  let rest = modifiers;
  let sql: string;
  if (value && modifiers.length > 0 && literalText(modifiers[0] ?? value)?.toLowerCase() === "unixepoch") {
    sql = `(to_timestamp(${asNumber(value).sql}) AT TIME ZONE 'UTC')`;
    rest = modifiers.slice(1);
  } else sql = read(value);
  for (const modifier of rest)
    sql = change(sql, literalText(modifier) ?? refuse("a date changed by a computed modifier"));
  return { sql, instant: sql === utcNow ? "CURRENT_TIMESTAMP" : `(${sql} AT TIME ZONE 'UTC')` };
}

const utcNow = "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')";

function read(value: Typed | undefined): string {
  if (!value || literalText(value)?.toLowerCase() === "now") return utcNow;
  const literal = literalText(value);
  if (literal !== null) {
    if (!/^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(literal)) return refuse(`a date out of ${value.sql}`);
    return `${quoteLiteral(literal)}::timestamp`;
  }
  if (value.kind === "instant") return `(${value.sql} AT TIME ZONE 'UTC')`;
  if (value.kind === "local") return value.sql;
  if (value.kind === "date") return `${value.sql}::timestamp`;
  if (value.instant) return `(${value.instant} AT TIME ZONE 'UTC')`;
  const form = value.column?.form;
  if (value.kind === "text" && (form === "date" || form === "space" || form === "t")) return `${value.sql}::timestamp`;
  return refuse(`a date out of a ${value.kind} that may hold anything`);
}

function change(sql: string, modifier: string): string {
  const word = modifier.trim().toLowerCase();
  const start = /^start of (day|month|year)$/.exec(word);
  if (start) return `date_trunc('${start[1]}', ${sql})`;
  const shift = /^([+-]?)(\d+(?:\.\d+)?) (second|minute|hour|day)s?$/.exec(word);
  if (shift) return `(${sql} ${shift[1] === "-" ? "-" : "+"} interval '${shift[2]} ${shift[3]}')`;
  if (word === "utc" && sql === utcNow) return sql;
  if (/ (month|year)s?$/.test(word)) return refuse(`"${modifier}": the last days of a month go on differently`);
  return refuse(`a date changed by "${modifier}"`);
}

function strftime(t: Translator, format: Typed | undefined, args: Typed[]): Typed {
  const pattern = format && literalText(format);
  if (pattern === undefined || pattern === null) return refuse("strftime() with a computed format");
  return print(t, pattern, moment(args));
}

const fields: Record<string, [pattern: string, field: string, width: number]> = {
  Y: ["YYYY", "year", 4],
  m: ["MM", "month", 2],
  d: ["DD", "day", 2],
  H: ["HH24", "hour", 2],
  M: ["MI", "minute", 2],
  S: ["SS", "second", 2],
  j: ["DDD", "doy", 3],
};

/** Prints a moment by a format of strftime. */
function print(t: Translator, format: string, { sql, instant }: Moment): Typed {
  if (format === "%s") {
    const seconds = `floor(extract(epoch FROM ${sql}))::bigint`;
    return text(`${seconds}::text`, { digits: seconds });
  }
  if (format === "%J") return { ...julian(sql), kind: "real" };
  const pieces = format.split(/(%.)/s).filter((piece) => piece !== "");
  const printed = t.immutable ? byFields(pieces, sql) : byPattern(pieces, sql);
  const [only] = pieces;
  const field = pieces.length === 1 && only?.startsWith("%") ? fields[only[1] ?? ""] : undefined;
  if (field) return text(printed, { digits: `floor(extract(${field[1]} FROM ${sql}))::bigint` });
  const whole = /^%Y-%m-%d([ T]%H:%M(:%S|:%f)?Z?)?$/.test(format);
  const day = format === "%Y-%m-%d";
  if (!whole) return text(printed);
  return text(printed, { instant: day ? `date_trunc('day', ${instant}, 'UTC')` : instant });
}

function byPattern(pieces: string[], sql: string): string {
  let pattern = "";
  for (const piece of pieces) {
    const letter = piece.startsWith("%") ? (piece[1] ?? "") : "";
    if (letter === "") pattern += quoted(piece);
    else if (letter === "%") pattern += quoted("%");
    else if (letter === "f") pattern += "SS.MS";
    else pattern += fields[letter]?.[0] ?? refuse(`strftime() with ${piece}`);
  }
  return `to_char(${sql}, ${quoteLiteral(pattern)})`;
}

/** Only letters and digits mean something to to_char. */
const quoted = (piece: string): string =>
  /[A-Za-z0-9"\\]/.test(piece) ? `"${piece.replaceAll(/["\\]/g, "\\$&")}"` : piece;

/** to_char() is not immutable; extract() is. */
function byFields(pieces: string[], sql: string): string {
  const parts = pieces.map((piece) => {
    const letter = piece.startsWith("%") ? (piece[1] ?? "") : "";
    if (letter === "" || letter === "%") return quoteLiteral(letter === "%" ? "%" : piece);
    const [, field, width] = fields[letter] ?? refuse(`strftime() with ${piece}`);
    return `lpad(floor(extract(${field} FROM ${sql}))::int::text, ${width}, '0')`;
  });
  return `(${parts.join(" || ")})`;
}
