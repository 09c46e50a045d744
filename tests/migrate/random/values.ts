import type { SqlValue } from "../../../scripts/lib/db/sqlite/open.ts";
import type { Seeded } from "./seeded.ts";

/** A column as an application would declare it, and what it puts there. */
export interface Kind {
  name: string;
  type: string;
  value: (random: Seeded) => SqlValue;
}

const digits = (value: number, width = 2) => String(value).padStart(width, "0");
const day = (random: Seeded) => `${random.int(2000, 2030)}-${digits(random.int(1, 12))}-${digits(random.int(1, 28))}`;
const time = (random: Seeded) =>
  [random.int(0, 23), random.int(0, 59), random.int(0, 59)].map((n) => digits(n)).join(":");
const seconds = (random: Seeded) => random.int(1_200_000_000, 1_900_000_000);
const hex = (random: Seeded) => random.int(0, 15).toString(16);

/** What an application has. */
export const plainKinds: Kind[] = [
  { name: "number", type: "INTEGER", value: (random) => BigInt(random.int(1, 1_000_000)) },
  { name: "qty", type: "INTEGER", value: (random) => BigInt(random.int(-5, 50)) },
  { name: "big", type: "BIGINT", value: (random) => BigInt(random.int(0, 1e9)) * BigInt(random.int(0, 1e9)) },
  { name: "price", type: "REAL", value: (random) => random.int(0, 100_000) / 100 },
  { name: "ratio", type: "REAL", value: (random) => random.next() },
  { name: "amount", type: "DECIMAL(10,2)", value: (random) => random.int(-10_000, 10_000) / 100 },
  {
    name: "amt",
    type: "NUMERIC",
    value: (random) => (random.chance(0.5) ? BigInt(random.int(0, 99)) : random.int(0, 999) / 8),
  },
  {
    name: "name",
    type: "TEXT",
    value: (random) => random.pick(["Ana", "bob", "ÉMILE", "x y", "", "O'Neil", "100", "1.5", "a%b", "a_b", " pad "]),
  },
  { name: "code", type: "VARCHAR(8)", value: (random) => random.pick(["A1", "B2", "a1", "zz9"]) },
  { name: "nc", type: "TEXT COLLATE NOCASE", value: (random) => random.pick(["Ana", "ANA", "ana", "bob", "É", "é"]) },
  { name: "flag", type: "BOOLEAN", value: (random) => BigInt(random.int(0, 1)) },
  { name: "yes", type: "BOOLEAN", value: (random) => random.pick(["true", "false"]) },
  { name: "d", type: "DATE", value: day },
  { name: "ts", type: "DATETIME", value: (random) => `${day(random)} ${time(random)}` },
  { name: "tz", type: "TIMESTAMP", value: (random) => `${day(random)}T${time(random)}Z` },
  { name: "ep", type: "INTEGER", value: (random) => BigInt(seconds(random)) },
  { name: "ems", type: "BIGINT", value: (random) => BigInt(seconds(random)) * 1000n },
  { name: "hm", type: "TIME", value: (random) => time(random).slice(0, 5) },
  {
    name: "js",
    type: "JSON",
    value: (random) =>
      JSON.stringify({ a: random.int(0, 3), b: random.pick(["x", "y", null]), c: [1, 2, random.int(0, 9)] }),
  },
  {
    name: "uid",
    type: "TEXT",
    value: (random) => "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replaceAll("x", () => hex(random)),
  },
  { name: "bl", type: "BLOB", value: (random) => Uint8Array.of(random.int(0, 255), random.int(0, 255)) },
  { name: "any", type: "", value: (random) => random.pick([1n, "1", 2.5, "t", null]) },
];

const declared = [
  ...["INTEGER", "TINYINT", "TEXT", "VARCHAR(20)", "CHAR(5)", "REAL", "DOUBLE PRECISION", "NUMERIC", "DECIMAL(10,2)"],
  ...[
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "TIMESTAMP",
    "TIME",
    "JSON",
    "BLOB",
    "",
    "UUID",
    "STRING",
    "MONEY",
    "UNSIGNED BIG INT",
  ],
];
const names = [
  ...[
    "order",
    "select",
    "user",
    "Größe",
    "a b",
    'x"y',
    "it's",
    "col;--",
    "created_at",
    "uuid",
    "日本",
    "🙂",
    "CamelCase",
  ],
  ...[
    "x".repeat(70),
    `${"x".repeat(64)}y`,
    "ctid",
    "xmin",
    "tableoid",
    "rowid2",
    "%s",
    "$1",
    "\\",
    "a\tb",
    "parent_id",
  ],
];
const odd: SqlValue[] = [
  ...[2n ** 31n, 9_007_199_254_740_993n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, 127n, -128n, 0n, 1n],
  ...[0.1, -0, 1e308, 5e-324, 1 / 3, Number.POSITIVE_INFINITY, 2 ** 63, 3],
  ...[
    "",
    "Ünïcödé",
    "🙂👍",
    "a\\b",
    "tab\tx",
    "\\N",
    "\\.",
    "x".repeat(3000),
    "trail ",
    "\0",
    "a\0b",
    "\ufeffbom",
    "e\u0301",
  ],
  ...[
    "1.10",
    "1e3",
    "+5",
    "007",
    " 5",
    "0x10",
    "NaN",
    "0000-00-00",
    "2024-02-30",
    "24:00:00",
    "2024-01-01T00:00:00.123Z",
  ],
  ...[
    '{"a":1,"a":2}',
    '{"a":1e400}',
    "[1,]",
    '{"a":"\\u0000"}',
    "true",
    "f",
    "yes",
    null,
    new Uint8Array(0),
    new Uint8Array(9000),
  ],
];

/** Columns in which anything may stand, under any name. */
export function oddKinds(random: Seeded): Kind[] {
  return Array.from({ length: random.int(1, 12) }, (_, i) => {
    const usual = random.pick(plainKinds);
    const name = random.pick(names);
    return {
      name: i > 0 ? `${name}${i}` : name,
      type: random.pick(declared),
      value: (of) => (of.chance(0.2) ? of.pick(odd) : usual.value(of)),
    };
  });
}
