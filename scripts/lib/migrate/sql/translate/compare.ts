import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { constant } from "../constant.ts";
import { applyAffinity, realText, type Value } from "../literal.ts";
import { asNumber, asText, hasWords, inCase, plain, wordsOf } from "./coerce.ts";
import { bool, type Comparison, collatingType, isNumber, type MomentForm, refuse, type Typed } from "./typed.ts";

const operators: Record<Comparison, string> = {
  "=": "=",
  "<>": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  IS: "IS NOT DISTINCT FROM",
  "IS NOT": "IS DISTINCT FROM",
};

const mirrored: Record<Comparison, Comparison> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  IS: "IS",
  "IS NOT": "IS NOT",
};

export const isEquality = (operator: Comparison): boolean => ["=", "<>", "IS", "IS NOT"].includes(operator);
const pair = (left: string, operator: Comparison, right: string): Typed =>
  bool(`${left} ${operators[operator]} ${right}`);

/** Compares two expressions as SQLite does, by the columns' affinities and collations. */
export function compare(left: Typed, operator: Comparison, right: Typed): Typed {
  if (right.kind === "null") return withNull(left, operator);
  if (left.kind === "null") return withNull(right, operator);
  const collated = collationFor(left, right);
  if (collated) return pair(collated(left), operator, collated(right));
  if (left.kind === "boolean" || right.kind === "boolean") return withBoolean(left, operator, right);
  if (right.literal && left.column) return withLiteral(left, operator, right, right.literal);
  if (left.literal && right.column) return withLiteral(right, mirrored[operator], left, left.literal);
  return general(left, operator, right);
}

function withNull({ sql }: Typed, operator: Comparison): Typed {
  if (operator === "IS") return bool(`${sql} IS NULL`);
  if (operator === "IS NOT") return bool(`${sql} IS NOT NULL`);
  return { sql: "NULL::boolean", kind: "boolean" };
}

/** How both sides are folded, where one of them asks for a collation by COLLATE. */
function collationFor(left: Typed, right: Typed): ((typed: Typed) => string) | null {
  const collation = left.collation ?? right.collation;
  if (collation === "NOCASE") return (typed) => inCase("lower", typed);
  if (collation === "RTRIM") return (typed) => `rtrim(${asText(typed)}, ' ')`;
  return collation === "BINARY" ? asText : null;
}

function withBoolean(left: Typed, operator: Comparison, right: Typed): Typed {
  if (left.kind !== "boolean") return withBoolean(right, mirrored[operator], left);
  if (hasWords(left) || hasWords(right)) return withWords(left, operator, right);
  if (right.kind === "boolean" && isEquality(operator)) return pair(left.sql, operator, right.sql);
  const literal = right.literal && constant(right.literal, { type: "boolean", convert: { as: "boolean" } });
  const simple = literal === "true" || literal === "false" ? withTruth(left, operator, literal) : null;
  return simple ?? pair(asNumber(left).sql, operator, asNumber(right).sql);
}

function withTruth(left: Typed, operator: Comparison, literal: "true" | "false"): Typed | null {
  // As a condition; not as a column any more, whose values a query would show as they were.
  const [same, other] =
    literal === "true" ? [`(${left.sql})`, `(NOT ${left.sql})`] : [`(NOT ${left.sql})`, `(${left.sql})`];
  if (operator === "=") return { sql: same, kind: "boolean" };
  if (operator === "<>") return { sql: other, kind: "boolean" };
  if (operator === "IS") return bool(`${left.sql} IS ${literal.toUpperCase()}`);
  return operator === "IS NOT" ? bool(`${left.sql} IS NOT ${literal.toUpperCase()}`) : null;
}

/** Booleans that were texts: as those compare. */
function withWords(left: Typed, operator: Comparison, right: Typed): Typed {
  const words = left.column ? wordsOf(left.column) : null;
  if (words && right.literal?.class === "text" && isEquality(operator)) {
    const truth = right.literal.value === words.yes ? "true" : right.literal.value === words.no ? "false" : null;
    const simple = truth && withTruth(left, operator, truth);
    if (simple) return simple;
  }
  return general(plain(left), operator, plain(right));
}

/** A column and a literal: the literal as a constant of the column's type. */
function withLiteral(left: Typed, operator: Comparison, right: Typed, literal: Value): Typed {
  const { column } = left;
  if (!column) return general(left, operator, right);
  const stored = applyAffinity(literal, column.affinity ?? "blob");
  if (column.beyondAscii && stored.class === "text") return folded(left, operator, right);
  if (left.numbers && (stored.class === "integer" || stored.class === "real"))
    return withNumberOfMany(left, operator, Number(stored.value));
  if (left.numbers && applyAffinity(stored, "numeric").class !== "text")
    refuse("it looks for a text that looks like a number among numbers and texts");
  if (left.numbers && !isEquality(operator)) refuse("it orders numbers and texts of one column");
  if (isNumber(left) && (stored.class === "integer" || stored.class === "real"))
    return pair(left.sql, operator, right.literal === stored ? right.sql : asNumber(right).sql);
  if (
    isMoment(left) &&
    stored.class === "text" &&
    !alike(column.form, stored.value) &&
    operator !== ">=" &&
    operator !== "<"
  ) {
    refuse("it compares moments with a text of another form");
  }
  // A key made it of the type of what it refers to, which compares otherwise than this column does.
  const foreign = ["citext", "bpchar"].includes(column.type.type) && collatingType(column) === null;
  const sql = constant(stored, foreign ? { ...column.type, type: "text" } : column.type);
  if (foreign && sql !== null) return pair(asText(left), operator, sql);
  if (sql !== null && left.kind !== "json") return pair(left.sql, operator, sql);
  if (left.kind === "json") refuse("it compares JSON as text");
  // A column that holds integers only is equal to no text and no blob.
  if (left.kind === "integer" && (operator === "=" || operator === "<>")) {
    return { sql: `(CASE WHEN ${left.sql} IS NOT NULL THEN ${operator === "<>"} END)`, kind: "boolean" };
  }
  return refuse(`it compares ${column.type.type} with ${right.sql}`);
}

/** As NOCASE has it: ASCII letters only. */
function folded(left: Typed, operator: Comparison, right: Typed): Typed {
  return pair(inCase("lower", left), operator, inCase("lower", right));
}

/** A column of numbers and texts, all as text, with a number: 1 and 1.0 are the same. */
function withNumberOfMany({ sql }: Typed, operator: Comparison, value: number): Typed {
  if (!isEquality(operator)) refuse("it orders numbers and texts of one column");
  if (!Number.isSafeInteger(Math.trunc(value))) refuse("it looks for a large number among numbers and texts");
  const forms = Number.isInteger(value) ? [String(value), `${value}.0`] : [realText(value)];
  const found = `${sql} IN (${forms.map(quoteLiteral).join(", ")})`;
  if (operator === "=") return bool(found);
  if (operator === "<>") return bool(`NOT (${found})`);
  return bool(operator === "IS" ? `(${found}) IS TRUE` : `(${found}) IS NOT TRUE`);
}

/** Whether a text is written in the same form as the column's, so that both order alike. */
function alike(form: string | null, text: string): boolean {
  if (form === "date") return /^\d{4}-\d\d-\d\d$/.test(text);
  if (form === "space") return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text);
  if (form === "space3") return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(text);
  if (form === "t3z") return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);
  if (form === "t") return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text);
  if (form === "minutes") return /^\d\d:\d\d$/.test(text);
  return form === "time" && /^\d\d:\d\d:\d\d$/.test(text);
}

function general(left: Typed, operator: Comparison, right: Typed): Typed {
  if (isNumber(left) && isNumber(right)) return pair(left.sql, operator, right.sql);
  if (left.kind === "any" || right.kind === "any") return withAny(left, operator, right);
  if (left.kind === "text" && right.kind === "text") return texts(left, operator, right);
  if (writtenOtherwise(left, right)) return pair(asText(left), operator, asText(right));
  const moment = momentPair(left, right);
  if (moment) return pair(moment[0], operator, moment[1]);
  if (left.kind === right.kind && left.kind !== "json") return pair(left.sql, operator, right.sql);
  if (isNumber(left) && right.kind === "text") return numberWithText(left, operator, right);
  if (left.kind === "text" && isNumber(right)) return numberWithText(right, mirrored[operator], left);
  const [one, other] = [plain(left), plain(right)];
  if (one.kind === left.kind && other.kind === right.kind) refuse(`it compares a ${left.kind} with a ${right.kind}`);
  return general(one, operator, other);
}

function withAny(left: Typed, operator: Comparison, right: Typed): Typed {
  if (isNumber(left) && isNumber(right)) return pair(left.sql, operator, right.sql);
  if (isNumber(right) && left.jsonb && !isEquality(operator)) return anyWithNumber(left, operator, right);
  if (isNumber(left) && right.jsonb && !isEquality(operator)) return anyWithNumber(right, mirrored[operator], left);
  if (isNumber(left) || isNumber(right)) return pair(asNumber(left).sql, operator, asNumber(right).sql);
  return pair(asText(left), operator, asText(right));
}

/** A text is greater than every number, unless the number's column reads it as one. */
function anyWithNumber(any: Typed, operator: Comparison, number: Typed): Typed {
  const reads = ["integer", "real", "numeric"].includes(number.column?.affinity ?? "");
  if (reads) refuse("it puts numbers and texts out of JSON in order");
  const greater = operator === ">" || operator === ">=";
  return bool(
    `CASE WHEN jsonb_typeof(${any.jsonb}) IN ('number', 'boolean') THEN ${asNumber(any).sql} ${operators[operator]} ${number.sql} ` +
      `WHEN jsonb_typeof(${any.jsonb}) <> 'null' AND ${number.sql} IS NOT NULL THEN ${greater} END`,
  );
}

/** The left column's collation decides, then the right one's. */
function texts(left: Typed, operator: Comparison, right: Typed): Typed {
  const decides = left.column ?? right.column;
  if ((left.numbers || right.numbers) && !isEquality(operator)) refuse("it orders numbers and texts of one column");
  const type = decides && collatingType(decides);
  if (type === "citext" && [left, right].some(({ column }) => column?.beyondAscii))
    return folded(left, operator, right);
  if (!type) return pair(asText(left), operator, asText(right));
  const collating = (typed: Typed) => (typed.column?.type.type === type ? typed.sql : `${asText(typed)}::${type}`);
  return pair(collating(left), operator, collating(right));
}

/** Moments of which one is written with other signs than the other: SQLite compares the letters, `2024-01-01` before its midnight. */
function writtenOtherwise(left: Typed, right: Typed): boolean {
  if (!isMoment(left) && !isMoment(right)) return false;
  const [one, other] = [left, right].map(({ column, form }) => (column ? column.form : form) ?? "");
  return one !== other && moments.has(one ?? "") && moments.has(other ?? "");
}

const moments = new Set<string>(["date", "space", "space3", "t", "t3z", "time", "minutes"] satisfies MomentForm[]);
const isMoment = ({ kind }: Typed): boolean => ["instant", "local", "date", "time"].includes(kind);

/** A moment's column with a text that tells a moment, such as datetime('now'). */
function momentPair(left: Typed, right: Typed): [string, string] | null {
  const [one, other] = [asMoment(left, right), asMoment(right, left)];
  return one !== null && other !== null ? [one, other] : null;
}

function asMoment(typed: Typed, other: Typed): string | null {
  const kind = ["instant", "local", "date"].includes(typed.kind) ? typed.kind : other.kind;
  if (typed.kind === kind && kind !== "text") return typed.sql;
  if (!typed.instant) return null;
  if (kind === "instant") return typed.instant;
  if (kind === "local") return `(${typed.instant} AT TIME ZONE 'UTC')`;
  return kind === "date" ? `(${typed.instant} AT TIME ZONE 'UTC')::date` : null;
}

/** SQLite compares as numbers where the column is numeric, and the texts that are no numbers as texts. */
function numberWithText(number: Typed, operator: Comparison, text: Typed): Typed {
  if (text.digits) return pair(number.sql, operator, text.digits);
  const hasReals = text.column?.short || text.column?.longReals;
  const canonical = text.column?.integers || (text.numbers && text.column && !hasReals);
  if (number.kind === "integer" && canonical && isEquality(operator)) {
    return pair(`${number.sql}::text`, operator, asText(text));
  }
  if (number.kind === "integer" && text.column?.integers) return pair(number.sql, operator, `${text.sql}::bigint`);
  return byAffinity(number, operator, text);
}

const looksLikeNumber = "'^[ \\t\\n\\v\\f\\r]*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,2})?[ \\t\\n\\v\\f\\r]*$'";

/** A numeric column reads a text as a number where it looks like one; any other text is greater than all numbers. */
function byAffinity(number: Typed, operator: Comparison, text: Typed): Typed {
  const numeric = ["integer", "real", "numeric"].includes(number.column?.affinity ?? "");
  if (!numeric || text.literal || operator === "IS" || operator === "IS NOT")
    refuse("it compares a number with a text");
  const value = asText(text);
  const read = number.kind === "real" ? "double precision" : "numeric";
  const otherwise = operator === "<>" || operator === "<" || operator === "<=";
  return bool(
    `CASE WHEN ${value} ~ ${looksLikeNumber} THEN ${number.sql} ${operators[operator]} ${value}::${read} ` +
      `WHEN ${number.sql} IS NOT NULL AND ${value} IS NOT NULL THEN ${otherwise} END`,
  );
}
