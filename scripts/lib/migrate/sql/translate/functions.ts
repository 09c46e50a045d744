import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import {
  asCondition,
  asInteger,
  asKind,
  asNumber,
  asText,
  commonKind,
  hasWords,
  inCase,
  plain,
  utf8,
} from "./coerce.ts";
import { compare } from "./compare.ts";
import { maths } from "./math.ts";
import { glob, like } from "./patterns.ts";
import { printf } from "./printf.ts";
import { int, isNumber, type Kind, literalInteger, real, refuse, type Translator, type Typed, text } from "./typed.ts";

type Scalar = (args: Typed[], t: Translator) => Typed;

/** SQLite's scalar functions over any values; those of dates and JSON are in files of their own. */
export const scalars: Record<string, Scalar> = {
  ...maths,
  abs: ([x]) => number(x, (sql) => `abs(${sql})`, { positive: true }),
  sign: ([x]) => int(`sign(${asNumber(need(x)).sql})::int`),
  coalesce: (args) => firstOf(args),
  ifnull: (args) => firstOf(args),
  nullif: ([x, y]) => nullif(need(x), need(y)),
  iif: (args) => iif(args),
  if: (args) => iif(args),
  likely: ([x]) => need(x),
  unlikely: ([x]) => need(x),
  likelihood: ([x]) => need(x),
  length: ([x]) => length(need(x)),
  octet_length: ([x], t) => int(`octet_length(${bytesOf(need(x), t)})`, { positive: true }),
  lower: ([x]) => text(inCase("lower", need(x))),
  upper: ([x]) => text(inCase("upper", need(x))),
  trim: (args) => trim("btrim", args),
  ltrim: (args) => trim("ltrim", args),
  rtrim: (args) => trim("rtrim", args),
  substr: (args, t) => substr(t, args),
  substring: (args, t) => substr(t, args),
  unhex: ([x]) => unhex(need(x)),
  zeroblob: ([n]) => ({ sql: `decode(repeat('00', GREATEST(${asInteger(need(n))}, 0)::int), 'hex')`, kind: "bytes" }),
  instr: ([x, y]) => int(`strpos(${asText(need(x))}, ${asText(need(y))})`, { positive: true }),
  replace: ([x, y, z]) => text(`replace(${asText(need(x))}, ${asText(need(y))}, ${asText(need(z))})`),
  concat: (args) => text(`(${args.map((x) => `COALESCE(${asText(x)}, '')`).join(" || ")})`),
  concat_ws: (args, t) =>
    t.immutable
      ? refuse("concat_ws(), which PostgreSQL does not take here")
      : text(`concat_ws(${args.map(asText).join(", ")})`),
  unicode: ([x]) => int(`NULLIF(ascii(${asText(need(x))}), 0)`, { positive: true }),
  char: (args) => text(args.map((x) => `chr(${asInteger(x)}::int)`).join(" || ")),
  round: ([x, digits], t) => round(t, need(x), digits),
  min: (args) => extreme("LEAST", args),
  max: (args) => extreme("GREATEST", args),
  hex: ([x], t) =>
    need(x).kind === "null" ? text("''") : text(`upper(COALESCE(encode(${bytesOf(need(x), t)}, 'hex'), ''))`),
  quote: ([x]) => quote(need(x)),
  printf: (args, t) => printf(t, args),
  format: (args, t) => printf(t, args),
  typeof: ([x]) => typeOf(need(x)),
  random: () => int("(random() * 18446744073709551616::double precision - 9223372036854775808)::bigint"),
  randomblob: ([n]) => randomBlob(need(n)),
  like: ([pattern, x, escaping]) => like(need(x), need(pattern), escaping ?? null),
  glob: ([pattern, x]) => glob(need(x), need(pattern)),
};

/** Functions whose value changes from call to call: not for generated columns and indexes. */
export const volatile = new Set(["random", "randomblob"]);

function need(argument: Typed | undefined): Typed {
  return argument ?? refuse("a function with too few arguments");
}

function number(x: Typed | undefined, make: (sql: string) => string, rest: Partial<Typed> = {}): Typed {
  const value = asNumber(need(x));
  return { sql: make(value.sql), kind: value.kind, ...rest, ...(value.approximate ? { approximate: true } : {}) };
}

const isWritten = ({ kind }: Typed) => ["instant", "local", "date", "time", "uuid"].includes(kind);

/** Branches as one kind: their expressions and what is common to them. */
export function unify(branches: Typed[]): { sqls: string[]; kind: Kind; rest: Partial<Typed> } {
  // What comes out is no column any more, and nobody could tell how its words, moments or UUIDs were written.
  const values = branches.map((value) => (hasWords(value) || isWritten(value) ? plain(value) : value));
  const kind = commonKind(values.map((value) => value.kind)) ?? commonKind(values.map((value) => plain(value).kind));
  if (kind === null) return refuse(`its branches are ${[...new Set(values.map((value) => value.kind))].join(" and ")}`);
  const kinds = new Set(values.map((value) => value.kind).filter((other) => other !== "null"));
  const mixed = kind === "text" && (kinds.size > 1 || values.some(({ numbers }) => numbers));
  const rest = {
    ...(mixed ? { numbers: true } : {}),
    ...(mixed && kinds.size > 1 ? { any: true as const } : {}),
    ...(mixed && kinds.size > 1 && !kinds.has("any") && !values.some(({ any }) => any)
      ? { scalar: true as const }
      : {}),
    ...(values.some(({ longReals }) => longReals) ? { longReals: true as const } : {}),
    ...(values.some(({ approximate }) => approximate) ? { approximate: true } : {}),
    ...(values.every(({ positive }) => positive) ? { positive: true } : {}),
  };
  return { sqls: values.map((value) => asKind(value, kind)), kind, rest };
}

function firstOf(args: Typed[]): Typed {
  const { sqls, kind, rest } = unify(args);
  return { sql: `COALESCE(${sqls.join(", ")})`, kind, ...rest };
}

function nullif(x: Typed, y: Typed): Typed {
  // No column's affinity counts here: a number is no text.
  const isText = ({ kind, numbers }: Typed) => kind === "text" && !numbers;
  if ((isNumber(x) && isText(y)) || (isText(x) && isNumber(y))) return x;
  const { sqls, kind, rest: of } = unify([x, y]);
  // Nothing but the first comes out.
  const rest = kind === x.kind && !x.numbers ? { ...of, numbers: false } : of;
  const collates = [x, y].some(({ column, collation }) => collation ?? (column && column.collation !== "BINARY"));
  if (!collates) return { sql: `NULLIF(${sqls.join(", ")})`, kind, ...rest };
  return { sql: `(CASE WHEN ${compare(x, "=", y).sql} THEN NULL ELSE ${sqls[0]} END)`, kind, ...rest };
}

function iif([condition, yes, no]: Typed[]): Typed {
  const { sqls, kind, rest } = unify([need(yes), ...(no ? [no] : [])]);
  const other = no ? ` ELSE ${sqls[1]}` : "";
  return { sql: `(CASE WHEN ${asCondition(need(condition))} THEN ${sqls[0]}${other} END)`, kind, ...rest };
}

function length(x: Typed): Typed {
  return int(x.kind === "bytes" ? `octet_length(${x.sql})` : `length(${asText(x)})`, { positive: true });
}

function trim(name: string, [x, characters]: Typed[]): Typed {
  return text(`${name}(${asText(need(x))}, ${characters ? asText(characters) : "' '"})`);
}

/** PostgreSQL counts from the first character only, and takes no negative length: what may be negative takes a helper. */
function substr(t: Translator, [x, start, count]: Typed[]): Typed {
  const value = need(x);
  if (value.kind === "bytes") return bytesFrom(value, need(start), count);
  const subject = asText(value);
  const from = need(start);
  const at = literalInteger(from);
  if (at !== null && at < 0) {
    const length = count ? literalInteger(count) : null;
    if (!count || (length !== null && length >= -at)) return text(`right(${subject}, ${-at})`);
  }
  if (from.positive && at !== 0) {
    const place = at === null ? `${asInteger(from)}::int` : String(at);
    if (!count) return text(`substr(${subject}, ${place})`);
    if (count.positive) return text(`substr(${subject}, ${place}, ${asInteger(count)}::int)`);
  }
  const length = count ? asInteger(count) : "9223372036854775807";
  return text(`${t.helper("sqlite_substr")}(${subject}, ${asInteger(from)}, ${length})`);
}

function round(t: Translator, x: Typed, digits: Typed | undefined): Typed {
  const value = asNumber(x);
  const literal = digits ? literalInteger(digits) : 0;
  // No digits at least, and thirty at most.
  const places = literal === null ? atMost(30, asInteger(need(digits))) : Math.min(Math.max(literal, 0), 30);
  if (value.kind === "integer") return real(`${value.sql}::double precision`);
  // A decimal is a float there, and 79.05 a little less than it looks.
  const float = value.kind === "decimal" ? `${value.sql}::double precision` : value.sql;
  return real(`${t.helper("sqlite_round")}(${float}, ${places})::double precision`, {
    ...approximate(value),
    ...(value.short ? { short: true as const } : {}),
  });
}

const approximate = (value: Typed): Partial<Typed> => (value.approximate ? { approximate: true } : {});

/** With several arguments; a NULL among them gives NULL, where LEAST and GREATEST pass over it. */
function extreme(name: string, args: Typed[]): Typed {
  if (args.some((arg) => arg.kind === "null")) return { sql: "NULL", kind: "null" };
  const { sqls, kind, rest } = unify(args);
  if (kind === "text" && rest.numbers) return refuse(`${name} of numbers and texts`);
  const collated = args.find(({ column }) => column && ["NOCASE", "RTRIM"].includes(column.collation));
  if (kind === "text" && collated?.column)
    return refuse(`${name} of texts that are COLLATE ${collated.column.collation}`);
  const sure = args.every(({ literal }) => literal && literal.class !== "null");
  const test = sqls.filter((_, i) => !args[i]?.literal).map((sql) => `${sql} IS NULL`);
  const all = `${name}(${sqls.join(", ")})`;
  return { sql: sure ? all : `(CASE WHEN ${test.join(" OR ")} THEN NULL ELSE ${all} END)`, kind, ...rest };
}

const atMost = (most: number, sql: string): string =>
  `(CASE WHEN ${sql} < 0 THEN 0 WHEN ${sql} > ${most} THEN ${most} ELSE ${sql} END)::int`;

/** SQLite gives NULL for what is not hexadecimal. */
function unhex(x: Typed): Typed {
  const digits = asText(x);
  return { sql: `(CASE WHEN ${digits} ~* '^([0-9a-f]{2})*$' THEN decode(${digits}, 'hex') END)`, kind: "bytes" };
}

/** Of a blob, counted in bytes; of an empty one SQLite gives NULL. */
function bytesFrom({ sql }: Typed, start: Typed, count: Typed | undefined): Typed {
  const [from, length] = [literalInteger(start), count ? literalInteger(count) : 0];
  if (from === null || from < 1 || length === null || length < 0)
    return refuse("substr() of a blob from a computed place");
  return { sql: `substr(NULLIF(${sql}, ''::bytea), ${from}${count ? `, ${length}` : ""})`, kind: "bytes" };
}

/** Why a text's bytes are none that the target has. */
export const inUtf16 = "it needs a text's bytes, which are UTF-16 in the file";

function bytesOf(x: Typed, t: Translator): string {
  if (x.kind === "bytes") return x.sql;
  return t.utf16 ? refuse(inUtf16) : utf8(asText(x), t.immutable);
}

function quote(x: Typed): Typed {
  const value = plain(x);
  if (value.kind === "integer") return text(`COALESCE(${value.sql}::text, 'NULL')`);
  if (value.kind === "bytes") return text(`COALESCE('X''' || upper(encode(${value.sql}, 'hex')) || '''', 'NULL')`);
  if (value.kind !== "text" || value.numbers) return refuse(`quote() of a ${value.kind}`);
  return text(`COALESCE('''' || replace(${asText(value)}, '''', '''''') || '''', 'NULL')`);
}

/** The storage class, where the target's type leaves one only. */
function typeOf(x: Typed): Typed {
  const value =
    x.kind === "any" || x.numbers || x.column?.mixed
      ? refuse("typeof() of a column with values of several types")
      : classOf(x);
  return text(
    x.literal ? quoteLiteral(value) : `(CASE WHEN ${x.sql} IS NULL THEN 'null' ELSE ${quoteLiteral(value)} END)`,
  );
}

function classOf(x: Typed): string {
  if (x.kind === "decimal") return refuse("typeof() of a decimal, which is an integer or a float there");
  if (isNumber(x)) return x.kind;
  if (x.kind === "null") return "null";
  if (x.kind === "bytes") return "blob";
  if (x.column && ["instant", "local", "date", "time"].includes(x.kind)) {
    return x.column.type.convert.integer ? "integer" : "text";
  }
  return plainClass(x);
}

function plainClass(x: Typed): string {
  if (x.kind === "json" || x.kind === "text") return "text";
  return plain(x).kind;
}

function randomBlob(n: Typed): Typed {
  const bytes = literalInteger(n);
  if (bytes === null || bytes < 1 || bytes > 32) return refuse("randomblob() of more than 32 bytes");
  return {
    sql: `substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, ${bytes})`,
    kind: "bytes",
  };
}
