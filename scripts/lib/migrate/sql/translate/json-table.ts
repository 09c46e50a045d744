import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { at, jsonType, outOfJson, steps } from "./json.ts";
import { literalText, type Relation, refuse, type ScopeColumn, type Typed } from "./typed.ts";

/** The children of a value of JSON, whatever it is: key and value as jsonb, and the step that leads there. */
const children = (value: string): string => `
  SELECT to_jsonb(o.key), o.value, CASE WHEN o.key ~ '^[A-Za-z][A-Za-z0-9]*$' THEN '.' || o.key ELSE '."' || o.key || '"' END
  FROM jsonb_each(CASE jsonb_typeof(${value}) WHEN 'object' THEN ${value} END) AS o (key, value)
  UNION ALL SELECT to_jsonb(a.place - 1), a.value, '[' || (a.place - 1) || ']'
  FROM jsonb_array_elements(CASE jsonb_typeof(${value}) WHEN 'array' THEN ${value} END) WITH ORDINALITY AS a (value, place)`;

/** json_each() and json_tree() in FROM; a row may use the columns of the tables before it. @throws {Untranslatable} */
export function jsonTable(name: string, [x, path]: Typed[]): Relation {
  if (!x) return refuse(`${name}() without an argument`);
  const way = path ? steps(path) : [];
  const root = at(x, way);
  const from = quoteLiteral((path && literalText(path)) ?? "$");
  const rows = name === "json_each" ? each(root, from) : tree(root, from, way);
  const value = outOfJson("n.value");
  const columns = [
    `n.key AS "key json"`,
    `${outOfJson("n.key").sql} AS "key"`,
    `n.value AS "value json"`,
    `${value.sql} AS "value"`,
    `${jsonType("n.value")} AS "type"`,
    `CASE WHEN jsonb_typeof(n.value) IN ('object', 'array') THEN NULL ELSE n.value END AS "atom json"`,
    `CASE WHEN jsonb_typeof(n.value) IN ('object', 'array') THEN NULL ELSE ${value.sql} END AS "atom"`,
    `n.fullkey AS "fullkey"`,
    `n.path AS "path"`,
  ];
  return {
    sql: `LATERAL (SELECT ${columns.join(", ")} FROM (${rows}) AS n (key, value, fullkey, path))`,
    columns: columnsOf(),
    rowid: null,
    key: [],
  };
}

/** The members of an object or array; any other value by itself. */
const each = (root: string, from: string): string => `
  SELECT c.key, c.value, ${from} || c.step, ${from} FROM (${children(root)}) AS c (key, value, step)
  UNION ALL SELECT NULL, ${root}, ${from}, ${from} WHERE jsonb_typeof(${root}) NOT IN ('object', 'array')`;

function tree(root: string, from: string, way: string[]): string {
  if (way.length > 0) return refuse("json_tree() of a part");
  return `WITH RECURSIVE tree (key, value, fullkey, path) AS (
    SELECT NULL::jsonb, ${root}, ${from}, ${from} WHERE ${root} IS NOT NULL
    UNION ALL SELECT c.key, c.value, tree.fullkey || c.step, tree.fullkey
    FROM tree CROSS JOIN LATERAL (${children("tree.value")}) AS c (key, value, step)) SELECT * FROM tree`;
}

/** In SQLite's order; the places in SQLite's own form of the text have nothing alike. */
function columnsOf(): Map<string, ScopeColumn> {
  const plain = { affinity: null, collation: "BINARY", form: null, integers: false } as const;
  const own = (name: string, rest: Partial<ScopeColumn> = {}): [string, ScopeColumn] => [
    name,
    { ...plain, name, sql: `"${name}"`, type: { type: "text", convert: { as: "text" } }, ...rest },
  ];
  const refused = { refused: "the numbers of a JSON text's parts" };
  return new Map([
    own("key", { jsonb: '"key json"' }),
    own("value", { jsonb: '"value json"' }),
    own("type"),
    own("atom", { jsonb: '"atom json"' }),
    own("id", refused),
    own("parent", refused),
    own("fullkey"),
    own("path"),
  ]);
}
