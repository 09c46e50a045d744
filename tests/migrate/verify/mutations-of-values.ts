import type { Mutation } from "./mutation.ts";

/** Columns of "all types" and the expressions that change a value of each by very little, or by what is easily missed. */
const changes: [column: string, what: string, expression: string][] = [
  ["small", "one more", "coalesce(small, 0) + 1"],
  ["small", "NULL becomes a number, or a number NULL", "CASE WHEN small IS NULL THEN 0 END"],
  ["big", "the lowest bit beyond 2^53", "big # 1"],
  ["big", "a high bit", "big # (1::bigint << 40)"],
  [
    "float",
    "one ULP",
    "CASE WHEN float IS NULL OR float = 'Infinity' THEN 1.7976931348623157e308 WHEN float = 0 THEN 5e-324 ELSE float * (1 - 1.2e-16) END",
  ],
  ["float", "the sign of a zero, or of a number", "CASE WHEN float IS NULL THEN '-0'::float8 ELSE -float END"],
  ["price", "a hundredth", "coalesce(price, 0) + 0.01"],
  ["price", "the scale: ten times as much", "coalesce(price, 1) * 10 + 0.1"],
  ["exact", "the twentieth decimal", "exact + 0.00000000000000000001"],
  ["flag", "the other truth", "NOT flag"],
  ["flag", "unknown", "NULL"],
  ["note", "NULL and the empty text", "CASE WHEN note IS NULL THEN '' WHEN note = '' THEN NULL ELSE NULL END"],
  [
    "note",
    "the word for nothing",
    "CASE WHEN note = 'null' THEN 'NULL' ELSE 'null' END || CASE WHEN note = 'NULL' THEN '!' ELSE '' END",
  ],
  ["long", "a trailing space", "long || ' '"],
  [
    "long",
    "a letter in the middle",
    "overlay(long placing 'L' from 200 for 1) || CASE WHEN substr(long, 200, 1) = 'L' THEN 'x' ELSE '' END",
  ],
  ["long", "a letter in its other normal form", "normalize(long, NFD)"],
  ["long", "the last byte", "left(long, -1)"],
  ["title", "a letter's case", "lower(title)"],
  ["email", "a letter's case, under NOCASE", "upper(email)"],
  ["padded", "a space at the end, which the type leaves out of comparisons", "textin(bpcharout(padded)) || ' '"],
  ["mixed", "one as one point zero", "mixed || CASE WHEN mixed ~ '^[0-9]+$' THEN '.0' ELSE ' ' END"],
  ["blob", "one bit", "set_bit(coalesce(blob, '\\x00000000'), 7, 1 - get_bit(coalesce(blob, '\\x00000000'), 7))"],
  ["large", "one bit of a long one", "set_bit(large, 1999, 1 - get_bit(large, 1999))"],
  ["large", "the last byte", "substr(large, 1, octet_length(large) - 1)"],
  [
    "data",
    "one key of JSON",
    `CASE WHEN jsonb_typeof(data) = 'object' THEN data || '{"new": null}' ELSE '{"new": null}' END`,
  ],
  ["data", "JSON null and no JSON", "CASE WHEN data IS NULL THEN 'null'::jsonb END"],
  ["raw", "a space in a JSON text", "(raw::text || ' ')::json"],
  ["uid", "the last digit", "(left(uid::text, -1) || CASE right(uid::text, 1) WHEN '0' THEN '1' ELSE '0' END)::uuid"],
  [
    "uid16",
    "the first digit",
    "(CASE left(uid16::text, 1) WHEN '6' THEN '7' ELSE '6' END || substr(uid16::text, 2))::uuid",
  ],
  ["at", "one millisecond", "coalesce(at, 'epoch') + interval '1 millisecond'"],
  ["at", "one hour, as a wrong zone would", "coalesce(at, 'epoch') + interval '1 hour'"],
  ["seen", "one microsecond", "seen + interval '1 microsecond'"],
  ["seen", "two hours, as a lost zone would", "seen + interval '2 hours'"],
  ["local", "one microsecond", "local - interval '1 microsecond'"],
  ["old", "two days, as the Julian calendar would", "old + interval '2 days'"],
  [
    "unix",
    "rounded to the second",
    "CASE WHEN date_trunc('second', unix) = unix THEN unix + interval '1 second' ELSE date_trunc('second', unix) END",
  ],
  ["day", "the day before", "coalesce(day, '2000-01-01') - 1"],
  ["day", "no day", "CASE WHEN day IS NULL THEN date '2000-01-01' END"],
  ["clock", "one microsecond", "clock + interval '1 microsecond'"],
];

const inTable =
  (table: string, kind: string, key?: string) => (difference: { kind: string; table: string; key: string | null }) =>
    difference.table === table &&
    difference.kind === kind &&
    (key === undefined || (difference.key ?? "").includes(key));

/** One of each, at rows of the generator's choice. */
export function valueMutations(random: (below: number) => number): Mutation[] {
  const row = () => random(60);
  const ofColumns = changes.map(([column, what, expression]): Mutation => {
    const id = row();
    return {
      name: `${column} of row ${id}: ${what}`,
      sql: `UPDATE "all types" SET "${column}" = ${expression} WHERE id = ${id}`,
      named: (found) => inTable("all types", "value", `id = ${id}`)(found) && found.column === column,
    };
  });
  const [a, b, c, d, e, wide] = [row(), row(), row(), row(), row(), row() % 20];
  const other = (a + 1 + random(59)) % 60;
  const cell = random(150);
  const ofRows: Mutation[] = [
    {
      name: `row ${a} is deleted`,
      sql: `DELETE FROM "all types" WHERE id = ${a}`,
      named: inTable("all types", "row-missing", `id = ${a}`),
    },
    {
      name: `a row is added`,
      sql: `INSERT INTO "all types" (id) VALUES (${1000 + b})`,
      named: inTable("all types", "row-extra", `id = ${1000 + b}`),
    },
    {
      name: `row ${c} gets another key`,
      sql: `UPDATE "all types" SET id = -1 WHERE id = ${c}`,
      named: inTable("all types", "row-missing", `id = ${c}`),
    },
    {
      name: `row ${d % 50} of a table without a key is doubled`,
      sql: `INSERT INTO no_key SELECT * FROM no_key WHERE n = ${d % 50} LIMIT 1`,
      named: inTable("no_key", "row-twice", `n = ${d % 50}`),
    },
    {
      name: `one of two equal rows is deleted`,
      sql: `DELETE FROM no_key WHERE ctid = (SELECT ctid FROM no_key WHERE n = ${e % 10} LIMIT 1)`,
      named: inTable("no_key", "row-missing", `n = ${e % 10}`),
    },
    {
      name: `a value in a table without a key`,
      sql: `UPDATE no_key SET what = 'Event' || n WHERE ctid = (SELECT ctid FROM no_key WHERE n = ${10 + (e % 40)})`,
      named: (found) => inTable("no_key", "value")(found) && found.column === "what",
    },
    {
      name: `two columns of row ${b} are swapped`,
      sql: `UPDATE "all types" SET title = left(long, 40), long = title WHERE id = ${b}`,
      named: (found) => inTable("all types", "value", `id = ${b}`)(found) && found.column === "long",
    },
    {
      name: `rows ${a} and ${other} swap a value`,
      sql: `UPDATE "all types" SET big = (SELECT sum(big) FROM "all types" WHERE id IN (${a}, ${other})) - big WHERE id IN (${a}, ${other})`,
      named: (found) => inTable("all types", "value", `id = ${other}`)(found) && found.column === "big",
    },
    {
      name: `column ${cell} of a wide row`,
      sql: `UPDATE wide SET c${cell} = c${cell} || '' || chr(65) WHERE id = ${wide}`,
      named: (found) => inTable("wide", "value", `id = ${wide}`)(found) && found.column === `c${cell}`,
    },
    {
      name: `a label under a key of two columns`,
      sql: `UPDATE pair SET label = upper(label) WHERE id = ${c}`,
      named: (found) => inTable("pair", "value", `id = ${c}`)(found) && found.column === "label",
    },
    {
      name: `half of a key of two columns`,
      sql: `UPDATE pair SET lang = upper(lang) WHERE id = ${d}`,
      named: inTable("pair", "row-missing", `id = ${d}`),
    },
    { name: `all rows of a table are deleted`, sql: `DELETE FROM pair`, named: inTable("pair", "row-missing") },
    {
      name: `a row in a table that was empty`,
      sql: `INSERT INTO empty VALUES (${a}, NULL)`,
      named: inTable("empty", "row-extra", `id = ${a}`),
    },
  ];
  // Rows and columns mixed, so that a part of the list has some of both.
  return ofColumns.flatMap((mutation, i) => [mutation, ...(i % 3 === 0 ? ofRows.splice(0, 1) : [])]).concat(ofRows);
}
