import { type Moment, moment, utcNow } from "./moments.ts";
import { strftime as printed } from "./strftime.ts";
import { type Form, int, literalText, real, refuse, type Translator, type Typed, text } from "./typed.ts";

/** SQLite's functions of dates: all of them read a moment, change it, and print it. */
export const dates: Record<string, (t: Translator, args: Typed[]) => Typed> = {
  date: (t, args) => print(t, "%Y-%m-%d", moment(t, args)),
  time: (t, args) => printClock(t, "", moment(t, args)),
  datetime: (t, args) => printClock(t, "%Y-%m-%d ", moment(t, args)),
  strftime: (t, [format, ...args]) =>
    print(t, (format && literalText(format)) ?? refuse("a computed format"), moment(t, args)),
  unixepoch: (t, args) => unixepoch(moment(t, args)),
  julianday: (t, args) => julian(moment(t, args).sql),
};

const forms: Record<string, Form> = {
  "%Y-%m-%d": "date",
  "%Y-%m-%d %H:%M:%S": "space",
  "%Y-%m-%d %H:%M:%f": "space3",
  "%Y-%m-%dT%H:%M:%S": "t",
  "%Y-%m-%dT%H:%M:%fZ": "t3z",
};

/** Functions that read the clock. */
export function readsClock(args: Typed[]): boolean {
  return args.length === 0 || args.some((argument) => /^(now|subsec|subsecond)$/i.test(literalText(argument) ?? ""));
}

export const now = (): Typed =>
  text(`to_char(${utcNow}, 'YYYY-MM-DD HH24:MI:SS')`, { instant: "CURRENT_TIMESTAMP", form: "space" });
export const today = (): Typed =>
  text(`to_char(${utcNow}, 'YYYY-MM-DD')`, { instant: "date_trunc('day', CURRENT_TIMESTAMP, 'UTC')", form: "date" });
export const clock = (): Typed => text(`to_char(${utcNow}, 'HH24:MI:SS')`, { form: "time" });

/** As SQLite computes it: milliseconds since noon of the first day, as an integer, by those of a day. */
function julian(sql: string): Typed {
  const milliseconds = `(round(extract(epoch FROM ${sql}) * 1000)::bigint + 210866760000000)`;
  return real(`(${milliseconds}::double precision / 86400000)`, { approximate: true });
}

function unixepoch({ sql, subsecond }: Moment): Typed {
  if (subsecond) return real(`trunc(extract(epoch FROM ${sql}), 3)::double precision`, { approximate: true });
  return int(`floor(extract(epoch FROM ${sql}))::bigint`);
}

function printClock(t: Translator, day: string, at: Moment): Typed {
  return print(t, `${day}%H:%M:${at.subsecond ? "%f" : "%S"}`, at);
}

/** Prints a moment by a format of strftime; what can be compared as a moment or a number keeps that as well. */
function print(t: Translator, format: string, { sql }: Moment): Typed {
  const { text: shown, digits } = printed(format, sql, t.immutable);
  if (digits) return text(shown, { digits });
  if (!/^%Y-%m-%d([ T]%H:%M(:%S|:%f)?Z?)?$/.test(format)) return text(shown);
  const instant = sql === utcNow ? "CURRENT_TIMESTAMP" : `(${sql} AT TIME ZONE 'UTC')`;
  const form = forms[format];
  const day = form === "date" ? `date_trunc('day', ${instant}, 'UTC')` : instant;
  return text(shown, { instant: day, ...(form ? { form } : {}) });
}
