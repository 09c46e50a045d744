import { builtIn } from "./built-in.ts";
import { aggregateNames, windowNames } from "./translate/aggregates.ts";
import { dates } from "./translate/dates.ts";
import { scalars } from "./translate/functions.ts";
import { jsonReaders } from "./translate/json.ts";
import { jsonMakers } from "./translate/json-make.ts";
import { maths } from "./translate/math.ts";

/** Functions that are no entry of a table: operators, and what stands in FROM. */
const others = ["->", "->>", "current_date", "current_time", "current_timestamp", "json_each", "json_tree"];

/** What is asked of a call, or why there is no translation. */
const notes: Record<string, string> = {
  "->": "a literal path or key",
  "->>": "a literal path or key; the value is text in PostgreSQL",
  json_extract: "literal paths; the value is text in PostgreSQL, several paths give jsonb",
  json_each: "columns id and parent have no counterpart",
  json_tree: "as json_each, over a whole value",
  json_set: "one key of an object at a time",
  json_insert: "one key of an object at a time",
  json_valid: "without flags",
  json_group_array: "jsonb; in the order of ORDER BY within it, else in that of the rows",
  json_group_object: "jsonb; of two equal keys the last one stays",
  json_object: "jsonb; of two equal keys the last one stays",
  json_array_insert: "jsonb_set() cannot make room within an array as it does",
  json_pretty: "it gives JSON's text, which jsonb does not keep",
  json_error_position: "PostgreSQL does not say where",
  date: "literal modifiers, or '+' || n || ' days'; 'localtime' in the zone that the mapping names",
  strftime: "a literal format of any letters but %J",
  timediff: "PostgreSQL's age() counts months otherwise",
  mod: "of integers",
  glob: "a literal pattern",
  printf: "a literal format of %s, %-9s, %d, %05d, %x, %.2f and %%",
  substr: "of texts",
  randomblob: "up to 32 bytes; not in views, whose rows could not be compared",
  random: "not in views, whose rows could not be compared",
  typeof: "where the column's type leaves one class only",
  quote: "of texts, integers and blobs",
  group_concat: "in the order of ORDER BY within it, else in that of the rows",
  changes: "the rows that the last statement changed are known to its client only",
  total_changes: "the rows that a connection changed are known to its client only",
  last_insert_rowid: "in a trigger it is another number than lastval() gives",
  load_extension: "of SQLite alone",
  subtype: "of SQLite alone",
  unistr: "nobody has asked for it",
  unistr_quote: "nobody has asked for it",
  median: "SQLite's interpolation is not proven to be PostgreSQL's",
};
for (const [name, like] of [
  ["datetime", "date"],
  ["time", "date"],
  ["julianday", "date"],
  ["unixepoch", "date"],
  ["format", "printf"],
  ["substring", "substr"],
  ["string_agg", "group_concat"],
  ["percentile", "median"],
  ["percentile_cont", "median"],
  ["percentile_disc", "median"],
]) {
  notes[name as string] = notes[like as string] ?? "";
}

/** Whether a call of it can be translated. */
export function isTranslated(name: string): boolean {
  const tables = [scalars, maths, dates, jsonReaders, jsonMakers];
  return (
    tables.some((table) => Object.hasOwn(table, name)) || [...others, ...aggregateNames, ...windowNames].includes(name)
  );
}

function note(name: string): string {
  if (notes[name] !== undefined) return notes[name];
  if (name.startsWith("jsonb")) return "it gives SQLite's own binary form of JSON";
  return name.startsWith("sqlite_") ? "of SQLite alone" : "";
}

/** The text of docs/reference/sqlite-functions.md. @param generated says that it is generated */
export function functionsPage(generated: string): string {
  const sections = Object.entries(builtIn).flatMap(([title, names]) => [
    `## ${title}`,
    "",
    "| function | translated | |",
    "|---|---|---|",
    ...names.map((name) => `| \`${name}\` | ${isTranslated(name) ? "yes" : "no"} | ${note(name)} |`),
    "",
  ]);
  const intro = `What a view, a check, a default, a generated column, an index or a trigger may call, and still be translated. "Yes" is
within what the third column asks; anything else leaves the object undecided, by name and with its cause. A translated view
counts only when its rows are equal on both sides.`;
  return ["# SQLite's functions", "", generated, "", intro, "", ...sections].join("\n");
}
