import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fingerprint } from "../../scripts/lib/db/fingerprint.ts";
import { Connection } from "../../scripts/lib/db/postgres/connection.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

const skip = noPostgres;
let server: TestPostgres;
let connection: Connection;

before(async () => {
  if (skip) return;
  server = await startPostgres();
  connection = await Connection.open(server.superuser("postgres"));
});
after(async () => {
  await connection?.close();
  await server?.stop();
});

/** Digests of the tables a and b, which `sql` makes; they are gone afterwards. */
async function digests(sql: string): Promise<{ a?: string; b?: string }> {
  await connection.query(`BEGIN; ${sql}`);
  const { tables } = await fingerprint(connection, () => {}, "binary");
  await connection.query("ROLLBACK");
  return { a: tables["public.a"]?.digest, b: tables["public.b"]?.digest };
}

/** Two tables of one row, which holds `first` in the one and `second` in the other. */
const pair = (type: string, first: string, second: string, beside = "text") =>
  `CREATE TABLE a (id int, v ${type}, beside ${beside}); CREATE TABLE b (LIKE a);
   INSERT INTO a VALUES (1, ${first}, '7'); INSERT INTO b VALUES (1, ${second}, '7');`;

// The first ones are equal, or hash alike, for PostgreSQL itself.
const values: [type: string, first: string, second: string][] = [
  ["numeric", "1.0", "1.00"],
  ["float8", "'0'", "'-0'"],
  ["bigint", "0", "4294967297"],
  ["timestamptz", "timestamptz '2000-01-01 00:00Z'", "timestamptz '2000-01-01 00:00Z' + interval '4294.967297 s'"],
  ["interval", "'1 month'", "'30 days'"],
  ["bpchar", "'x'", "'x '"],
  ["jsonb", `'{"n": 1.0}'`, `'{"n": 1.00}'`],
  ["json", `'{"n":1}'`, `'{"n": 1}'`],
  ["int[]", "'{1,2}'", "'[0:1]={1,2}'"],
  ["text", "'a'", "'A'"],
  ["text", "''", "NULL"],
  ["varchar(5)", "'x'", "'x '"],
  ["bytea", "'\\x00'", "'\\x0000'"],
  ["bool", "true", "false"],
  ["smallint", "1", "-1"],
  ["uuid", "'00000000-0000-0000-0000-000000000001'", "'00000001-0000-0000-0000-000000000000'"],
  ["date", "'2000-01-01'", "'2000-01-02'"],
];

test("values that PostgreSQL takes for equal, or hashes alike, have two digests, with a text beside them or none", {
  skip,
}, async () => {
  for (const beside of ["text", "bigint"]) {
    for (const [type, first, second] of values) {
      const { a, b } = await digests(pair(type, first, second, beside));
      assert.ok(a?.startsWith("seeded "));
      assert.notEqual(a, b, `${first} and ${second} of the type ${type} beside ${beside}`);
    }
  }
});

test("texts that a collation takes for equal have two digests", { skip }, async () => {
  const collation = "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);";
  const { a, b } = await digests(collation + pair("text COLLATE nocase", "'a'", "'A'"));
  assert.notEqual(a, b);
});

test("values that change places between two rows change the digest, the order of rows does not", { skip }, async () => {
  const first = [1, "'x'", 1, "'p'"];
  const second = [2, "'y'", 2, "NULL"];
  const compared = (...rows: unknown[][]) =>
    digests(`CREATE TABLE a (id int, v text, n bigint, w text); CREATE TABLE b (LIKE a);
             INSERT INTO a VALUES (${first.join()}), (${second.join()});
             INSERT INTO b VALUES ${rows.map((row) => `(${row.join()})`).join()}`);
  for (const column of first.keys()) {
    const { a, b } = await compared(first.with(column, second[column] ?? 0), second.with(column, first[column] ?? 0));
    assert.notEqual(a, b, `column ${column}`);
  }
  const turned = await compared(second, first);
  assert.equal(turned.a, turned.b);
});

test("a dropped column does not count, quoted names do no harm, nor do many columns or none", {
  skip,
}, async () => {
  const dropped = await digests(
    `CREATE TABLE a ("of ""it" text, gone int, "Größe" numeric); INSERT INTO a VALUES ('x', 1, 2);
     ALTER TABLE a DROP gone; CREATE TABLE b ("of ""it" text, "Größe" numeric); INSERT INTO b VALUES ('x', 2)`,
  );
  assert.equal(dropped.a, dropped.b);
  const many = Array.from({ length: 300 }, (_, n) => `c${n} text DEFAULT 'x'`).join(", ");
  const wide =
    await digests(`CREATE TABLE a (${many}); CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO a DEFAULT VALUES;
    INSERT INTO b (c299) VALUES ('y')`);
  assert.notEqual(wide.a, wide.b);
  const none = await digests("CREATE TABLE a (); CREATE TABLE b (); INSERT INTO a DEFAULT VALUES");
  assert.notEqual(none.a, none.b);
});

test("a type that has no binary form is hashed as text", { skip }, async () => {
  const { a, b } = await digests(pair("aclitem", "'postgres=r/postgres'", "'postgres=w/postgres'"));
  assert.match(a ?? "", /^-?\d+$/);
  assert.notEqual(a, b);
});
