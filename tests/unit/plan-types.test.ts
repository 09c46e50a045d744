import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnProfile } from "../../scripts/lib/migrate/model/profile.ts";
import { blobs, columnOf, integers, planOf, reals, texts } from "../support/plan.ts";

const bools = integers(0, 1, { booleans: 2 });
const millis = integers(1_600_000_000_000, 1_700_000_000_000, { epochMillis: 2 });
const seconds = integers(1_600_000_000, 1_700_000_000, { epochSeconds: 2 });
const json = { objects: 2, arrays: 0, scalars: 0, notJsonb: 0 };

type Case = [declared: string, seen: Partial<ColumnProfile>, type: string, convert: string];
const cases: Case[] = [
  ["INTEGER", integers(1, 2), "bigint", "integer"],
  ["INTEGER", {}, "bigint", "integer"],
  ["SMALLINT", integers(1, 2), "integer", "integer"],
  ["SMALLINT", integers(1, 2n ** 40n), "bigint", "integer"],
  ["INTEGER", { ...integers(1, 2), ...reals() }, "double precision", "real"],
  ["INTEGER", { ...integers(1, 2n ** 60n), ...reals() }, "numeric", "decimal"],
  ["INTEGER", { ...integers(1, 2), ...texts() }, "text", "text numbers:true"],
  ["INTEGER", texts(), "text", "text"],
  ["BOOLEAN", bools, "boolean", "boolean"],
  ["BOOLEAN", {}, "boolean", "boolean"],
  ["TINYINT(1)", bools, "boolean", "boolean"],
  ["BOOLEAN", integers(0, 2, { booleans: 1 }), "bigint", "integer"],
  ["BOOLEAN", texts({ distinct: ["t", "f"] }), "boolean", 'boolean true:["t"] false:["f"]'],
  ["BOOLEAN", texts({ distinct: ["t", "maybe"] }), "text", "text"],
  ["INTEGER", bools, "bigint", "integer"],
  ["REAL", reals(), "double precision", "real"],
  ["DOUBLE PRECISION", {}, "double precision", "real"],
  ["FLOAT", { ...reals(), ...texts() }, "text", "text numbers:true"],
  ["DECIMAL(10,2)", reals({ scale: 2, integerDigits: 3 }), "numeric(10,2)", "decimal"],
  ["DECIMAL(10,2)", reals({ scale: 17 }), "numeric", "decimal"],
  ["DECIMAL(4,2)", integers(0, 1_000_000), "numeric(9,2)", "decimal"],
  ["DECIMAL(10,2)", reals({ infinite: 1 }), "numeric", "decimal"],
  ["NUMERIC", {}, "numeric", "decimal"],
  ["MONEY", texts({ decimals: { count: 1, scale: 2, integerDigits: 3 } }), "text", "text"],
  ["VARCHAR(20)", texts(), "text", "text"],
  ["TEXT", texts({ dates: { space: 2 } }), "text", "text"],
  ["BLOB", blobs(), "bytea", "bytes"],
  ["BLOB", texts(), "text", "text"],
  ["", blobs(), "bytea", "bytes"],
  ["", integers(1, 2), "bigint", "integer"],
  ["", reals(), "double precision", "real"],
  ["", {}, "text", "text numbers:true"],
  ["TEXT", { ...texts({ count: 9 }), ...blobs({ count: 1 }) }, "text", "text"],
  ["TEXT", { ...texts({ count: 1 }), ...blobs({ count: 9 }) }, "bytea", "bytes"],
  ["TEXT", texts({ withNul: 2 }), "bytea", "bytes texts:true"],
  ["DATETIME", texts({ dates: { space: 2 }, fractionDigits: 6 }), "timestamp", "local"],
  ["DATETIME", texts({ dates: { "t-zone": 2 } }), "timestamptz", "instant"],
  ["DATETIME", texts({ dates: { "t-zone": 1, space: 1 } }), "timestamptz", "instant"],
  ["DATETIME", texts({ dates: { space: 1 } }), "text", "text"],
  ["DATETIME", texts({ dates: { space: 2 }, fractionDigits: 9 }), "text", "text"],
  ["DATETIME", texts({ dates: { space: 1, zero: 1 } }), "text", "text"],
  ["DATETIME", millis, "timestamptz", 'instant integer:"millis"'],
  ["TIMESTAMP", seconds, "timestamptz", 'instant integer:"seconds"'],
  ["DATETIME", integers(-5, 1_700_000_000, { epochSeconds: 1 }), "bigint", "integer"],
  ["DATETIME", reals({ epochSeconds: 2, scale: 3 }), "timestamptz", 'instant real:"seconds"'],
  ["DATETIME", reals({ julian: 2, scale: 9 }), "double precision", "real"],
  ["DATE", texts({ dates: { date: 2 } }), "date", "date"],
  ["DATE", texts({ dates: { date: 1, space: 1 } }), "timestamp", "local"],
  ["TIME", texts({ dates: { time: 2 } }), "time", "time"],
  ["JSON", texts({ json }), "jsonb", "json"],
  ["JSON", texts({ json: { ...json, notJsonb: 1 } }), "json", "json"],
  ["JSON", texts({ json: { ...json, objects: 1 } }), "text", "text"],
  ["TEXT", texts({ json }), "text", "text"],
  ["UUID", texts({ uuids: { lower: 2, upper: 0, plain32: 0 } }), "uuid", "uuid"],
  ["UUID", texts({ uuids: { lower: 1, upper: 1, plain32: 0 } }), "text", "text"],
  ["GUID", blobs({ uuids: 2 }), "uuid", "uuid"],
  ["INTEGER_OR_TEXT", { ...integers(1, 2), ...texts() }, "text", "text numbers:true"],
];

for (const [declared, seen, type, convert] of cases) {
  test(`${declared || "no type"} with ${JSON.stringify(seen).slice(0, 60)} becomes ${type}`, () => {
    const column = columnOf(planOf(`CREATE TABLE t (a, c ${declared})`, { "t.c": seen }), "t.c");
    const { as, ...rest } = column.convert;
    const extras = Object.entries(rest).map(([key, value]) => ` ${key}:${JSON.stringify(value)}`);
    assert.deepEqual([column.type, as + extras.join("")], [type, convert]);
    assert.notEqual(column.reason, "");
  });
}

const dialects: [mark: string, type: string, seen: Partial<ColumnProfile>, expected: string, convert: object][] = [
  ["_prisma_migrations", "DATETIME", millis, "timestamp(3)", { as: "local", integer: "millis" }],
  ["_prisma_migrations", "DATETIME", integers(-5, 5), "timestamp(3)", { as: "local", integer: "millis" }],
  ["_prisma_migrations", "DATETIME", texts({ dates: { "t-zone": 2 } }), "timestamp(3)", { as: "local", utc: true }],
  ["django_migrations", "datetime", texts({ dates: { space: 2 } }), "timestamptz", { as: "instant" }],
  ["django_migrations", "char(32)", texts({ uuids: { lower: 0, upper: 0, plain32: 2 } }), "uuid", { as: "uuid" }],
  ["django_migrations", "bool", bools, "boolean", { as: "boolean" }],
  ["schema_migrations", "datetime(6)", texts({ dates: { space: 2 } }), "timestamp(6)", { as: "local" }],
  ["alembic_version", "DATETIME", texts({ dates: { space: 2 } }), "timestamp", { as: "local" }],
];

for (const [mark, declared, seen, type, convert] of dialects) {
  test(`beside ${mark}, ${declared} becomes ${type}`, () => {
    const plan = planOf(`CREATE TABLE ${mark} (version TEXT); CREATE TABLE t (a, c ${declared})`, { "t.c": seen });
    assert.equal(columnOf(plan, "t.c").type, type);
    assert.deepEqual(columnOf(plan, "t.c").convert, convert);
  });
}

test("columns that a foreign key joins get one type, whatever each alone would be", () => {
  const sql = "CREATE TABLE p (code INTEGER_OR_TEXT UNIQUE); CREATE TABLE c (code INTEGER_OR_TEXT REFERENCES p (code))";
  const plan = planOf(sql, { "p.code": { ...integers(1, 2), ...texts() }, "c.code": integers(1, 2) });
  assert.equal(columnOf(plan, "c.code").type, "text");
  assert.deepEqual(columnOf(plan, "c.code").convert, { as: "text", numbers: true });
  assert.equal(plan.tables[1]?.constraints[0]?.kind, "foreign");
});

test("JSON in a key stays text: jsonb would take two texts for one", () => {
  const plan = planOf("CREATE TABLE t (c JSON PRIMARY KEY)", { "t.c": texts({ json }) });
  assert.equal(columnOf(plan, "t.c").type, "text");
});
