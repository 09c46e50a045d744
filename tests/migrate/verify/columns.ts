import type { Conversion } from "../../../scripts/lib/migrate/model/plan.ts";

/** A value of SQLite beside the text that PostgreSQL reads as the same value. Both are made, neither is converted. */
export interface ValuePair {
  source: null | bigint | number | string | Uint8Array;
  target: string | null;
}

/** A column of the test's table and how its n-th value is made. */
export interface TestColumn {
  name: string;
  declared: string;
  type: string;
  convert: Conversion;
  make: (n: number) => ValuePair;
}

const same = (text: string): ValuePair => ({ source: text, target: text });
const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString("hex")}`;
const blob = (bytes: Uint8Array): ValuePair => ({ source: bytes, target: hex(bytes) });
const isoOf = (millis: number) => new Date(millis).toISOString();
const epoch = (n: number) => 1_600_000_000_000 + n * 86_399_991;
/** Some rows have NULL, the others a value. */
const nullable =
  (make: (n: number) => ValuePair) =>
  (n: number): ValuePair =>
    n % 11 === 3 ? { source: null, target: null } : make(n);

const floats = [0.1, -0, 0, 1 / 3, Number.POSITIVE_INFINITY, 5e-324, 1.7976931348623157e308, 16_777_217, -2.5];
const texts = [
  "plain",
  "",
  "Straße",
  "trailing ",
  "null",
  "NULL",
  "~",
  "a\nb\tc",
  "𝒳 and \ufffd",
  "\u0001|\u001f",
  "'q\"\\",
];
const jsons: [source: string, target: string][] = [
  ['{"b":1,"a":[true,null,"x"]}', '{"a":[true,null,"x"],"b":1}'],
  ['{"k":1,"k":2e3}', '{"k":2000}'],
  ['{"n":-0,"f":1.50,"e":1.5e1}', '{"n":0,"f":1.50,"e":15}'],
  ['[{"longer":1,"z":2,"é":3}]', '[{"z":2,"é":3,"longer":1}]'],
  ['"\\u00e9\\/\\ud83d\\ude00\\u0007"', '"é/😀\\u0007"'],
  ["12345678901234567890.12345", "12345678901234567890.12345"],
  [" { } ", "{}"],
];

const pick = <T>(list: readonly T[], n: number) => list[n % list.length] as T;

/** One column for each conversion and for each dialect in which its values come. */
export const testColumns: TestColumn[] = [
  {
    name: "small",
    declared: "INTEGER",
    type: "smallint",
    convert: { as: "integer" },
    make: nullable((n) => ({ source: BigInt(n % 30_000), target: String(n % 30_000) })),
  },
  {
    name: "big",
    declared: "INTEGER",
    type: "bigint",
    convert: { as: "integer" },
    make: (n) => ({ source: 9_007_199_254_740_993n + BigInt(n), target: String(9_007_199_254_740_993n + BigInt(n)) }),
  },
  {
    name: "float",
    declared: "",
    type: "double precision",
    convert: { as: "real" },
    make: nullable((n) => ({
      source: pick(floats, n),
      target: Object.is(pick(floats, n), -0) ? "-0" : String(pick(floats, n)),
    })),
  },
  {
    name: "price",
    declared: "DECIMAL(10,2)",
    type: "numeric(12,2)",
    convert: { as: "decimal" },
    make: nullable((n) => ({ source: n / 4, target: (n / 4).toFixed(2) })),
  },
  {
    name: "exact",
    declared: "BLOB",
    type: "numeric",
    convert: { as: "decimal" },
    make: (n) => ({ source: `-${n}.0123456789012345678900`, target: `-${n}.01234567890123456789` }),
  },
  {
    name: "flag",
    declared: "BOOLEAN",
    type: "boolean",
    convert: { as: "boolean", true: ["yes"], false: ["no"] },
    make: (n) =>
      pick(
        [
          { source: 1n, target: "t" },
          { source: 0n, target: "f" },
          { source: "yes", target: "t" },
          { source: "no", target: "f" },
        ],
        n,
      ),
  },
  {
    name: "note",
    declared: "TEXT",
    type: "text",
    convert: { as: "text" },
    make: nullable((n) => same(pick(texts, n))),
  },
  {
    name: "long",
    declared: "TEXT",
    type: "text",
    convert: { as: "text" },
    make: (n) => same(`${n}: ${"lörem ".repeat(80)}`),
  },
  {
    name: "title",
    declared: "VARCHAR(40)",
    type: "varchar(40)",
    convert: { as: "text" },
    make: (n) => same(`Title ${n}`),
  },
  {
    name: "email",
    declared: "TEXT COLLATE NOCASE",
    type: "text",
    convert: { as: "text" },
    make: (n) => same(`User${n}@Example.org`),
  },
  {
    name: "padded",
    declared: "TEXT COLLATE RTRIM",
    type: "bpchar",
    convert: { as: "text" },
    make: (n) => same(`code ${n}${" ".repeat(n % 3)}`),
  },
  {
    name: "mixed",
    declared: "",
    type: "text",
    convert: { as: "text", numbers: true },
    make: (n) =>
      pick(
        [
          { source: BigInt(n), target: String(n) },
          { source: n + 0.5, target: `${n}.5` },
          same(`no number ${n}`),
          { source: 3, target: "3.0" },
        ],
        n,
      ),
  },
  {
    name: "blob",
    declared: "BLOB",
    type: "bytea",
    convert: { as: "bytes" },
    make: nullable((n) => blob(new Uint8Array([0, n & 255, 255, 10]))),
  },
  {
    name: "large",
    declared: "BLOB",
    type: "bytea",
    convert: { as: "bytes" },
    make: (n) => blob(new Uint8Array(250 + (n % 20)).fill(n & 255)),
  },
  {
    name: "data",
    declared: "TEXT",
    type: "jsonb",
    convert: { as: "json" },
    make: nullable((n) => ({ source: pick(jsons, n)[0], target: pick(jsons, n)[1] })),
  },
  {
    name: "raw",
    declared: "TEXT",
    type: "json",
    convert: { as: "json" },
    make: (n) => same(`{ "n" : ${n}, "n": 1e2 }`),
  },
  {
    name: "uid",
    declared: "TEXT",
    type: "uuid",
    convert: { as: "uuid" },
    make: (n) => ({ source: uuid(n).toUpperCase(), target: uuid(n) }),
  },
  {
    name: "uid16",
    declared: "BLOB",
    type: "uuid",
    convert: { as: "uuid" },
    make: (n) => ({ source: Buffer.from(uuid(n).replaceAll("-", ""), "hex"), target: uuid(n) }),
  },
  {
    name: "at",
    declared: "DATETIME",
    type: "timestamptz(3)",
    convert: { as: "instant", integer: "millis" },
    make: nullable((n) => ({ source: BigInt(epoch(n)), target: isoOf(epoch(n)) })),
  },
  {
    name: "seen",
    declared: "TEXT",
    type: "timestamptz",
    convert: { as: "instant" },
    make: (n) => ({
      source: `${isoOf(epoch(n)).slice(0, 19)}.123456+02:00`,
      target: `${isoOf(epoch(n)).slice(0, 19)}.123456+02`,
    }),
  },
  {
    name: "local",
    declared: "TEXT",
    type: "timestamp",
    convert: { as: "local" },
    make: (n) => ({ source: isoOf(epoch(n)).slice(0, 19).replace("T", " "), target: isoOf(epoch(n)).slice(0, 19) }),
  },
  {
    name: "old",
    declared: "TEXT",
    type: "timestamp",
    convert: { as: "local" },
    make: (n) => same(`${String((n % 9998) + 1).padStart(4, "0")}-02-28 23:59:59.999999`),
  },
  {
    name: "unix",
    declared: "",
    type: "timestamptz",
    convert: { as: "instant", real: "seconds" },
    make: (n) => ({ source: epoch(n) / 1000, target: isoOf(epoch(n)) }),
  },
  {
    name: "day",
    declared: "DATE",
    type: "date",
    convert: { as: "date", integer: "seconds" },
    make: nullable((n) => ({ source: isoOf(epoch(n)).slice(0, 10), target: isoOf(epoch(n)).slice(0, 10) })),
  },
  {
    name: "clock",
    declared: "TIME",
    type: "time",
    convert: { as: "time" },
    make: (n) => same(`${String(n % 24).padStart(2, "0")}:07:09.25`),
  },
];

function uuid(n: number): string {
  const end = n.toString(16).padStart(12, "0");
  return `6ba7b810-9dad-41d1-80b4-${end}`;
}
