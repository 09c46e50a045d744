import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asInteger, asNumber } from "./coerce.ts";
import { isNumber, literalInteger, literalText, refuse, type Translator, type Typed } from "./typed.ts";

/** A moment as SQLite's functions of dates compute with it. */
export interface Moment {
  /** A timestamp without a zone. */
  sql: string;
  /** What SQLite knows of its zone: 'utc' does nothing to a moment in UTC, and 'localtime' nothing to a local one. */
  zone: "utc" | "local" | "unknown";
  /** The same, had the last shift by months stayed within its month; what 'floor' asks for. */
  floor?: string;
  /** The first of a month, which every month has. */
  first?: true;
  /** Milliseconds are shown. */
  subsecond?: true;
}

export const utcNow = "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')";

/** The first argument as a moment, changed by the others. No argument is now. */
export function moment(t: Translator, [value, ...modifiers]: Typed[]): Moment {
  const word = value && literalText(value)?.toLowerCase();
  if (word === "subsec" || word === "subsecond")
    return changed(t, { sql: utcNow, zone: "utc", subsecond: true }, modifiers);
  if (!value || word === "now") return changed(t, { sql: utcNow, zone: "utc" }, modifiers);
  const [first, ...rest] = modifiers;
  const reading = first && literalText(first)?.toLowerCase();
  if (reading === "unixepoch") return changed(t, unknown(epoch(asNumber(value))), rest);
  if (reading === "julianday") return changed(t, unknown(julian(asNumber(value))), rest);
  if (reading === "auto" && isNumber(value)) return changed(t, unknown(either(value)), rest);
  return changed(t, read(value), reading === "auto" ? rest : modifiers);
}

const unknown = (sql: string): Moment => ({ sql, zone: "unknown" });
const changed = (t: Translator, start: Moment, modifiers: Typed[]): Moment =>
  modifiers.reduce((now, modifier) => change(t, now, modifier), start);

/** Seconds; what is beyond the year 9999 is no date. */
function epoch({ sql, literal }: Typed): string {
  const moment = `to_timestamp(${sql}) AT TIME ZONE 'UTC'`;
  if (literal) return `(${moment})`;
  return `(CASE WHEN ${sql} >= -210866760000 AND ${sql} < 253402300800 THEN ${moment} END)`;
}

/** Days since noon in Greenwich on 24 November 4714 BC, kept in milliseconds; beyond the year 9999 there is nothing. */
function julian({ sql }: Typed): string {
  const millis = `floor(${sql}::double precision * 86400000 + 0.5)`;
  const moment = `to_timestamp(${millis} / 1000 - 210866760000) AT TIME ZONE 'UTC'`;
  return `(CASE WHEN ${sql} >= 0 AND ${sql} < 5373484.5 THEN ${moment} END)`;
}

/** 'auto': a number is a Julian day where it can be one, else seconds. */
const either = (value: Typed): string =>
  `(CASE WHEN ${value.sql} >= 0 AND ${value.sql} < 5373484.5 THEN ${julian(value)} ELSE ${epoch(value)} END)`;

function read(value: Typed): Moment {
  const literal = literalText(value);
  if (literal !== null) return readLiteral(literal);
  const { column, kind } = value;
  const { convert } = column?.type ?? {};
  // A number without a word of what it counts is a Julian day.
  if (column && (convert?.integer || convert?.real === "seconds") && column.form === null) {
    return refuse("a date out of a number of seconds, which SQLite reads as days");
  }
  const zone = column && (column.form === null || column.form === "t3z") ? "utc" : "unknown";
  if (kind === "instant") return { sql: millis(value, `(${value.sql} AT TIME ZONE 'UTC')`), zone };
  if (kind === "local") return { sql: millis(value, value.sql), zone };
  if (kind === "date") return unknown(`${value.sql}::timestamp`);
  if (kind === "time") return unknown(`(date '2000-01-01' + ${value.sql})`);
  if (value.instant) return unknown(`(${value.instant} AT TIME ZONE 'UTC')`);
  const form = column?.form;
  if (kind === "text" && (form === "date" || form === "space" || form === "space3" || form === "t"))
    return unknown(`${value.sql}::timestamp`);
  if (isNumber(value)) return unknown(julian(value));
  return refuse(`a date out of a ${kind} that may hold anything`);
}

/** SQLite computes with milliseconds; a column that may hold fractions of a second may hold more digits. */
const millis = ({ column }: Typed, sql: string): string =>
  column &&
  (column.form === null || column.form === "space3" || column.form === "t3z") &&
  !/\([0-3]\)/.test(column.type.type)
    ? `${sql}::timestamp(3)`
    : sql;

function readLiteral(text: string): Moment {
  const [, day = "2000-01-01", clock = "00:00", zone] =
    /^(\d{4}-\d\d-\d\d)?(?:(?:^|(?<=\d)[ T])(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ??
    refuse(`a date out of ${quoteLiteral(text)}`);
  const parsed = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(day))
    refuse(`a date out of ${quoteLiteral(text)}`);
  if (zone === undefined) return unknown(`'${day} ${clock}'::timestamp`);
  return { sql: `('${day} ${clock}${zone === "Z" ? "+00" : zone}'::timestamptz AT TIME ZONE 'UTC')`, zone: "utc" };
}

function change(t: Translator, from: Moment, modifier: Typed): Moment {
  const { sql, floor, first, ...rest } = from;
  const text = literalText(modifier);
  if (text === null) return { ...rest, sql: computed(sql, modifier) };
  const word = text.toLowerCase();
  if (word === "localtime" || word === "utc") return zoned(t, from, word);
  if (word === "subsec" || word === "subsecond") return { ...from, subsecond: true };
  if (word === "ceiling") return { ...rest, sql };
  if (word === "floor") return { ...rest, sql: floor ?? sql };
  const start = /^start of (day|month|year)$/.exec(word);
  if (start)
    return {
      ...rest,
      sql: `date_trunc('${start[1]}', ${sql})`,
      ...(start[1] === "day" ? {} : { first: true as const }),
    };
  const weekday = /^weekday ([0-6])$/.exec(word);
  if (weekday) {
    const days = `(${Number(weekday[1]) + 7} - extract(dow FROM ${sql})::int) % 7`;
    return { ...rest, sql: `(${sql} + make_interval(days => ${days}))` };
  }
  const shift = /^([+-]?)(\d+(?:\.\d+)?)\s+(second|minute|hour|day|month|year)s?$/.exec(word);
  const calendar = shift?.[3] === "month" || shift?.[3] === "year";
  if (shift && first && calendar && !shift[2]?.includes("."))
    return { ...rest, first, sql: `(${sql} ${shift[1] || "+"} interval '${shift[2]} ${shift[3]}')` };
  if (shift) return { ...rest, ...shifted(sql, shift[1] === "-" ? "-" : "+", shift[2] ?? "", shift[3] ?? "") };
  const clock = /^([+-])(?:(\d{4})-(\d\d)-(\d\d)(?: |$))?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/.exec(word);
  if (clock && word.length > 1 && !word.endsWith(" ")) return { ...rest, ...byClock(sql, clock) };
  return refuse(`a date changed by "${text}"`);
}

function shifted(sql: string, sign: "+" | "-", number: string, unit: string): Pick<Moment, "sql" | "floor"> {
  if (unit !== "month" && unit !== "year") return { sql: `(${sql} ${sign} interval '${number} ${unit}')` };
  if (number.includes(".")) return refuse(`a date changed by a part of a ${unit}`);
  return months(sql, `${sign} interval '${number} ${unit}'`);
}

/**
 * The day keeps its number: 31 January and a month is 31 February, which is 3 March (2 March in leap years). PostgreSQL alone
 * would stop at the end of February, as 'floor' does.
 */
const months = (sql: string, step: string): Pick<Moment, "sql" | "floor"> => ({
  sql: `(date_trunc('month', ${sql}) ${step} + (${sql} - date_trunc('month', ${sql})))`,
  floor: `(${sql} ${step})`,
});

/** `±YYYY-MM-DD HH:MM:SS.SSS`, either half of it. */
function byClock(sql: string, [, sign, years, month, days, clock]: RegExpExecArray): Pick<Moment, "sql" | "floor"> {
  const step = sign === "-" ? "-" : "+";
  const time = clock === undefined ? "" : ` ${step} interval '${clock}'`;
  if (years === undefined) return { sql: `(${sql}${time})` };
  if (Number(month) > 11 || Number(days) > 30)
    return refuse("a date changed by more than 11 months or 30 days at once");
  const moved = months(sql, `${step} interval '${Number(years) * 12 + Number(month)} month'`).sql;
  return { sql: `(${moved} ${step} interval '${Number(days)} day'${time})` };
}

/** SQLite's own, so that a date stays within its years. */
const limits: Record<string, string> = {
  second: "464270000000000",
  minute: "7737900000000",
  hour: "128970000000",
  day: "5373485",
  month: "176546",
  year: "14713",
};

/** `'-' || n || ' days'`. */
function computed(sql: string, { pieces }: Typed): string {
  const [first, ...others] = pieces ?? [];
  const opening = first && literalText(first);
  const [number, ending, ...more] = opening == null ? [first, ...others] : others;
  const sign = opening ?? "";
  const unit = /^ +(second|minute|hour|day|month|year)s?$/i
    .exec((ending && literalText(ending)) ?? "")?.[1]
    ?.toLowerCase();
  if (!number || !unit || more.length > 0 || !/^[+-]?$/.test(sign) || number.kind !== "integer") {
    return refuse("a date changed by a computed modifier");
  }
  const amount = asInteger(number);
  const signed = sign === "" || (literalInteger(number) ?? -1) >= 0 || number.positive;
  // After a sign of its own a negative number is no number, and beyond its limit it changes nothing that has a date.
  const least = signed ? `${amount} > -${limits[unit]}` : `${amount} >= 0`;
  const step = `${sign === "-" ? "-" : "+"} (CASE WHEN ${least} AND ${amount} < ${limits[unit]} THEN ${amount} END) * interval '1 ${unit}'`;
  return unit === "month" || unit === "year" ? months(sql, step).sql : `(${sql} ${step})`;
}

function zoned(t: Translator, { sql, zone, subsecond }: Moment, word: "localtime" | "utc"): Moment {
  const rest = subsecond ? { subsecond } : {};
  if (word === "utc" && zone === "utc") return { ...rest, sql, zone };
  if (word === "localtime" && zone === "local") return { ...rest, sql, zone };
  if (t.immutable) return refuse("it reads the zone of the machine");
  if (t.localtime === null) {
    return refuse(
      `'${word}' means the zone that the application ran in: name it in the mapping, as in "localtime: Europe/Berlin"`,
    );
  }
  const [from, to] = word === "localtime" ? ["UTC", t.localtime] : [t.localtime, "UTC"];
  const moved = `(${sql} AT TIME ZONE ${quoteLiteral(from)} AT TIME ZONE ${quoteLiteral(to)})`;
  return { ...rest, sql: moved, zone: word === "localtime" ? "local" : "utc" };
}
