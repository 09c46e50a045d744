import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asText } from "./coerce.ts";
import { bool, int, literalInteger, literalText, refuse, type Translator, type Typed, text } from "./typed.ts";

/** SQLite's functions that read JSON, by literal paths. */
export const jsonReaders: Record<string, (args: Typed[], t: Translator) => Typed> = {
  json: ([x]) => ({ sql: jsonb(need(x)), kind: "json" }),
  json_extract: ([x, ...paths]) => (paths.length > 1 ? extractAll(need(x), paths) : extract(need(x), need(paths[0]))),
  json_type: ([x, path]) => text(jsonType(path ? at(need(x), steps(path)) : jsonb(need(x)))),
  json_valid: ([x, flags], t) => (flags ? refuse("json_valid() with flags") : valid(need(x), t)),
  json_array_length: ([x, path]) => {
    const value = path ? at(need(x), steps(path)) : jsonb(need(x));
    const length = `CASE WHEN jsonb_typeof(${value}) = 'array' THEN jsonb_array_length(${value}) WHEN ${value} IS NOT NULL THEN 0 END`;
    return int(`(${length})`, { positive: true });
  },
};

/** `->` gives JSON, `->>` a value. */
export function arrow(left: Typed, right: Typed, value: boolean): Typed {
  return value ? extract(left, right, true) : { sql: at(left, steps(right, true)), kind: "json" };
}

function extract(left: Typed, path: Typed, lax = false): Typed {
  const way = steps(path, lax);
  return outOfJson(at(left, way), way.length === 0 ? undefined : `(${jsonb(left)} #>> ${pathArray(way)})`);
}

/** A value of SQLite out of one of JSON: true and false are 1 and 0, objects and arrays stay JSON. */
export function outOfJson(value: string, asText = `(${value} #>> '{}')`): Typed {
  return {
    sql: `(CASE ${value} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE ${asText} END)`,
    kind: "any",
    jsonb: value,
  };
}

function extractAll(left: Typed, paths: Typed[]): Typed {
  const values = paths.map((path) => `COALESCE(${at(left, steps(path))}, 'null')`);
  return {
    sql: `(CASE WHEN ${jsonb(left)} IS NOT NULL THEN jsonb_build_array(${values.join(", ")}) END)`,
    kind: "json",
  };
}

/** SQL of the JSON that a path of steps leads to; NULL where there is none. */
export function at(left: Typed, way: string[]): string {
  return way.length === 0 ? jsonb(left) : `(${jsonb(left)} #> ${pathArray(way)})`;
}

export const pathArray = (way: string[]): string =>
  quoteLiteral(`{${way.map((step) => `"${step.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`);

/** SQL of a value that is read as JSON. */
export function jsonb(value: Typed): string {
  if (value.jsonb) return value.jsonb;
  if (value.kind === "null") return "NULL::jsonb";
  if (value.kind === "json") return value.column?.type.type === "json" ? `${value.sql}::jsonb` : value.sql;
  return `${asText(value)}::jsonb`;
}

/** `$.a."b c"[0]` as the steps of PostgreSQL's path; with `lax` also a plain key or place. */
export function steps(path: Typed, lax = false): string[] {
  const place = literalInteger(path);
  if (lax && place !== null) return [String(place)];
  const source = literalText(path) ?? refuse("a computed path into JSON");
  if (lax && !source.startsWith("$")) return [source];
  const way: string[] = [];
  let rest = source.slice(1);
  if (!source.startsWith("$")) refuse(`the path ${source}`);
  while (rest !== "") {
    const match = /^(?:\."([^"]*)"|\.([^.["]+)|\[(\d+)\]|\[#-(\d+)\])/.exec(rest) ?? refuse(`the path ${source}`);
    way.push(match[1] ?? match[2] ?? match[3] ?? `-${match[4]}`);
    rest = rest.slice(match[0].length);
  }
  return way;
}

/** What SQLite calls the type of a value of JSON. @param value SQL of jsonb */
export const jsonType = (value: string): string =>
  `(CASE jsonb_typeof(${value}) WHEN 'string' THEN 'text' WHEN 'boolean' THEN ${value}::text ` +
  `WHEN 'number' THEN CASE WHEN ${value}::text ~ '[.]' THEN 'real' ELSE 'integer' END ELSE jsonb_typeof(${value}) END)`;

/** A column of jsonb or json holds nothing else. */
function valid(x: Typed, t: Translator): Typed {
  if (x.kind === "json" || x.kind === "any") return bool(`${x.sql} IS NOT NULL OR NULL`);
  return { sql: `${t.helper("sqlite_json_valid")}(${asText(x)})`, kind: "boolean" };
}

export function need(argument: Typed | undefined): Typed {
  return argument ?? refuse("a function with too few arguments");
}
