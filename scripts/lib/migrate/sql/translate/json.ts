import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asText } from "./coerce.ts";
import { bool, int, literalInteger, literalText, refuse, type Typed } from "./typed.ts";

/** SQLite's functions of JSON with literal paths. */
export const jsons: Record<string, (args: Typed[]) => Typed> = {
  json_extract: ([x, path, ...more]) => {
    if (more.length > 0) return refuse("json_extract() with several paths");
    return extract(need(x), need(path), false);
  },
  json_valid: ([x]) => valid(need(x)),
  json_array_length: ([x, path]) => {
    const value = path ? at(need(x), steps(path)) : jsonb(need(x));
    return int(
      `(CASE WHEN jsonb_typeof(${value}) = 'array' THEN jsonb_array_length(${value}) WHEN ${value} IS NOT NULL THEN 0 END)`,
      {
        positive: true,
      },
    );
  },
};

/** `->` gives JSON, `->>` a value. */
export function arrow(left: Typed, right: Typed, value: boolean): Typed {
  return value ? extract(left, right, true) : { sql: at(left, steps(right, true)), kind: "json" };
}

function extract(left: Typed, path: Typed, lax: boolean): Typed {
  const way = steps(path, lax);
  const value = at(left, way);
  return {
    sql: way.length === 0 ? `(${value} #>> '{}')` : `(${jsonb(left)} #>> ${pathArray(way)})`,
    kind: "any",
    jsonb: value,
  };
}

function at(left: Typed, way: string[]): string {
  return way.length === 0 ? jsonb(left) : `(${jsonb(left)} #> ${pathArray(way)})`;
}

const pathArray = (way: string[]): string =>
  quoteLiteral(`{${way.map((step) => `"${step.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`);

function jsonb(value: Typed): string {
  if (value.jsonb) return value.jsonb;
  if (value.kind === "json") return value.column?.type.type === "json" ? `${value.sql}::jsonb` : value.sql;
  return `${asText(value)}::jsonb`;
}

/** `$.a."b c"[0]` as the steps of PostgreSQL's path; with `lax` also a plain key or place. */
function steps(path: Typed, lax = false): string[] {
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

/** A column of jsonb or json holds nothing else. */
function valid(x: Typed): Typed {
  if (x.kind === "json" || x.kind === "any") return bool(`${x.sql} IS NOT NULL OR NULL`);
  return refuse("json_valid() of a text: PostgreSQL 15 has no such test");
}

function need(argument: Typed | undefined): Typed {
  return argument ?? refuse("a function with too few arguments");
}
