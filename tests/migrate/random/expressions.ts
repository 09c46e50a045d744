import { quoteIdentifier } from "../../../scripts/lib/db/postgres/identifiers.ts";
import type { Seeded } from "./seeded.ts";
import type { Kind } from "./values.ts";

const literals = ["1", "0", "-3", "2.5", "'a'", "''", "'2020-01-01'", "NULL", "'1'", "1e3", "x'41'"];

const numeric = ["number", "qty", "big", "price", "ratio", "amount", "amt", "flag"];
const moments = ["d", "ts", "tz", "ep", "ems", "hm"];

/** An expression of SQLite's over one of the columns or two, as a view, an index or a generated column may have it. */
export function expression(random: Seeded, kinds: Kind[], depth = 0): string {
  const { name } = random.pick(kinds);
  const x = quoteIdentifier(name);
  const make = (forms: (typeof texts)[]) => {
    const other = () => quoteIdentifier(random.pick(kinds).name);
    return random.pick(forms.flatMap((form) => form(random, x, other, () => random.pick(literals))));
  };
  if (name === "js") return make([json]);
  if (moments.includes(name)) return make(random.chance(0.7) ? [times] : [texts, numbers]);
  if (numeric.includes(name)) return make(random.chance(0.75) ? [numbers] : [texts]);
  if (depth === 0 && random.chance(0.2)) return `upper((${expression(random, kinds, 1)}))`;
  return make(random.chance(0.85) ? [texts] : [numbers]);
}

type Forms = (random: Seeded, x: string, other: () => string, literal: () => string) => string[];

const texts: Forms = (random, x, other, literal) => [
  ...[`upper(${x})`, `lower(${x})`, `trim(${x})`, `length(${x})`, `hex(${x})`, `quote(${x})`, `unicode(${x})`],
  ...[`substr(${x}, ${random.int(-3, 3)}, ${random.int(0, 4)})`, `replace(${x}, 'a', 'b')`, `instr(${x}, 'a')`],
  ...[`${x} || '-' || ${other()}`, `ltrim(${x}, ' x')`, `concat(${x}, 1)`, `typeof(${x})`, `${x} IS NULL`],
  ...[`coalesce(${x}, ${literal()})`, `ifnull(${x}, '-')`, `nullif(${x}, ${literal()})`, `${x} IS NOT ${literal()}`],
  ...[`iif(${x} > ${literal()}, 'a', 'b')`, `${x} IN (${literal()}, ${literal()})`, `${x} GLOB '[a-c]*'`],
  ...[`${x} LIKE 'a%'`, `${x} LIKE '_b%'`, `${x} BETWEEN ${literal()} AND ${literal()}`],
  `printf('%05d|%s|%.2f', ${other()}, ${x}, ${other()})`,
];

const numbers: Forms = (random, x, other, literal) => [
  ...[
    `${x} + 1`,
    `${x} * 2`,
    `${x} / ${random.int(2, 7)}`,
    `${x} % ${random.int(2, 7)}`,
    `-${x}`,
    `abs(${x})`,
    `~${x}`,
  ],
  ...[`round(${x}, ${random.int(0, 3)})`, `round(${x})`, `sign(${x})`, `ceil(${x})`, `floor(${x})`, `sqrt(abs(${x}))`],
  ...["INTEGER", "TEXT", "REAL", "NUMERIC"].map((type) => `CAST(${x} AS ${type})`),
  ...[
    `${x} & 7`,
    `${x} << 2`,
    `${x} >> 1`,
    `max(${x}, ${literal()})`,
    `min(${x}, ${other()})`,
    `NOT ${x}`,
    `${x} AND 1`,
  ],
  ...[`${x} > ${literal()}`, `${x} = ${other()}`, `${x} <> ${literal()}`],
  `CASE WHEN ${x} > 5 THEN 'hi' WHEN ${x} IS NULL THEN 'none' ELSE ${x} END`,
  `CASE ${x} WHEN 1 THEN 'one' ELSE 'other' END`,
];

const times: Forms = (_, x) => [
  ...[
    `date(${x})`,
    `datetime(${x})`,
    `time(${x})`,
    `strftime('%Y-%m', ${x})`,
    `strftime('%s', ${x})`,
    `julianday(${x})`,
  ],
  ...[
    `strftime('%w %j %H', ${x})`,
    `date(${x}, '+1 day')`,
    `date(${x}, 'start of month')`,
    `datetime(${x}, '-3 hours')`,
  ],
  ...[`date(${x}, 'unixepoch')`, `datetime(${x} / 1000, 'unixepoch')`, `unixepoch(${x})`, `date(${x}, 'weekday 1')`],
  ...[
    `${x} >= '2015-01-01'`,
    `${x} < '2020-06-01 12:00:00'`,
    `substr(${x}, 1, 4)`,
    `CAST(strftime('%Y', ${x}) AS INTEGER)`,
  ],
];

const json: Forms = (_, x) => [
  ...[
    `json_extract(${x}, '$.a')`,
    `${x} ->> '$.b'`,
    `${x} -> 'c'`,
    `json_array_length(${x}, '$.c')`,
    `json_valid(${x})`,
  ],
  ...[`json_type(${x}, '$.b')`, `json_extract(${x}, '$.c[1]') + 1`, `(${x} ->> '$.b') > 0`, `typeof(${x})`],
];
