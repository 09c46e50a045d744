import { asText, plain } from "./coerce.ts";
import { jsonb, need, pathArray, steps } from "./json.ts";
import { isNumber, refuse, type Translator, type Typed } from "./typed.ts";

const json = (sql: string): Typed => ({ sql, kind: "json" });

/** SQLite's functions that make JSON. The order of an object's keys is jsonb's: as JSON, it is the same object. */
export const jsonMakers: Record<string, (args: Typed[], t: Translator) => Typed> = {
  json_array: (args) => json(`jsonb_build_array(${args.map(toJson).join(", ")})`),
  json_object: (args) =>
    json(`jsonb_build_object(${args.map((x, i) => (i % 2 === 0 ? key(x) : toJson(x))).join(", ")})`),
  json_quote: ([x]) => json(toJson(need(x))),
  json_set: ([x, ...changes]) =>
    json(change(need(x), changes, (old, way, value) => `jsonb_set(${old}, ${way}, ${value})`)),
  json_insert: ([x, ...changes]) =>
    json(
      change(need(x), changes, (old, way, value) => {
        // NULL where the place is not there yet.
        const kept = `jsonb_set(${old}, ${way}, ${old} #> ${way})`;
        return `COALESCE(${kept}, jsonb_set(${old}, ${way}, ${value}))`;
      }),
    ),
  json_replace: ([x, ...changes]) =>
    json(change(need(x), changes, (old, way, value) => `jsonb_set(${old}, ${way}, ${value}, false)`, true)),
  json_patch: ([x, patch], t) => json(`${t.helper("sqlite_json_patch")}(${jsonb(need(x))}, ${jsonb(need(patch))})`),
  json_remove: ([x, ...paths]) =>
    json(paths.reduce((old, path) => at(old, some(path), `${old} #- ${pathArray(some(path))}`), jsonb(need(x)))),
};

/** A change where the path leads to a place that can be; anywhere else SQLite leaves the value as it is. */
function at(old: string, way: string[], changed: string): string {
  const parents = way.map((step, i) => {
    const parent = i === 0 ? old : `${old} #> ${pathArray(way.slice(0, i))}`;
    return `jsonb_typeof(${parent}) = '${/^-?\d+$/.test(step) ? "array" : "object"}'`;
  });
  return `(CASE WHEN ${parents.join(" AND ")} THEN ${changed} ELSE ${old} END)`;
}

const key = (x: Typed): string => (x.kind === "text" ? asText(x) : refuse("a key of JSON that is no text"));

const some = (path: Typed): string[] => {
  const way = steps(path);
  return way.length > 0 ? way : refuse("a path to the whole of a JSON value");
};

/** A value within JSON: what is JSON already stays so, a text that only looks like it is a string. */
export function toJson(x: Typed): string {
  if (x.kind === "null") return "'null'::jsonb";
  if (x.kind === "any")
    return `COALESCE((CASE ${x.jsonb} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE ${x.jsonb} END), 'null')`;
  if (x.kind === "json" && !x.column) return `COALESCE(${x.sql}, 'null')`;
  const value = plain(x);
  if (value.kind === "bytes") return refuse("a blob, which JSON cannot hold");
  if (value.numbers) return refuse("JSON out of a column of numbers and texts");
  const sql = isNumber(value) ? `${asText(value)}::numeric` : `${asText(value)}::text`;
  return `COALESCE(to_jsonb(${sql}), 'null')`;
}

/** SQLite makes what a path lacks on its way, jsonb_set() only its last step: so one step, into an object, and no more. */
function change(
  x: Typed,
  changes: Typed[],
  make: (old: string, way: string, value: string) => string,
  anyDepth = false,
): string {
  let sql = jsonb(x);
  for (let i = 0; i + 1 < changes.length; i += 2) {
    const way = some(need(changes[i]));
    if (!anyDepth && (way.length > 1 || /^-?\d+$/.test(way[0] ?? ""))) refuse("JSON changed at a place deep within it");
    sql = at(sql, way, make(sql, pathArray(way), toJson(need(changes[i + 1]))));
  }
  return sql;
}
