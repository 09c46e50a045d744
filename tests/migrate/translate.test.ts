import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { differencesOf, fileOf, migrateFile, planFile } from "../support/migrate.ts";
import { accountOf, planOf } from "../support/plan.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

let postgres: TestPostgres;

/** A table of many types, with values at their edges. */
const table = `
  CREATE TABLE s (id INTEGER PRIMARY KEY, i INTEGER, k INTEGER, r REAL, d DECIMAL(10,2), b BOOLEAN, t TEXT, n TEXT COLLATE NOCASE,
    m INTEGER_OR_TEXT, x BLOB, j JSON, at DATETIME, ms DATETIME, day DATE, u UUID, digits TEXT);
  INSERT INTO s VALUES
    (1, 7, 2, 1.5, 12.5, 1, 'Hello', 'ABC', 5, x'00ff', '{"a":1,"b":{"c":"x"},"l":[1,2]}', '2024-01-31 10:20:30', NULL, '2024-02-29', '0b9d1c1e-0000-4000-8000-000000000001', '10'),
    (2, -7, 2, -2.5, 3, 0, 'hello', 'abc', 'five', x'', '{"a":"1","b":{"c":null}}', '2024-12-31 23:59:59', NULL, '2024-01-01', '0b9d1c1e-0000-4000-8000-000000000002', '9'),
    (3, 0, 0, 0.0, 0.01, NULL, '', 'Äb', 6, NULL, '{"b":{}}', '1999-01-01 00:00:00', NULL, NULL, '0b9d1c1e-0000-4000-8000-000000000003', '-3'),
    (4, NULL, 3, NULL, NULL, 1, NULL, NULL, NULL, x'41', NULL, NULL, NULL, '2020-06-15', NULL, NULL),
    (5, 9007199254740993, 5, 1e300, 99999999.99, 0, 'a_b%c', 'x y ', 'Five', x'ff', '{"a":true}', '2024-06-15 12:00:00', NULL, '1970-01-01', '0b9d1c1e-0000-4000-8000-000000000005', '0'),
    (6, 3, NULL, 2.675, 1.1, 0, '  pad ', 'äB', 7, x'0102', '[1]', '2024-02-29 00:00:00', NULL, '2023-12-31', '0b9d1c1e-0000-4000-8000-000000000006', '42');
  UPDATE s SET ms = 1700000000000 + id * 1234567;
  CREATE TABLE o (id INTEGER PRIMARY KEY, s INTEGER REFERENCES s, q INTEGER, price REAL);
  INSERT INTO o VALUES (1, 1, 2, 0.1), (2, 1, 3, 0.2), (3, 2, 1, 0.3), (4, NULL, 9, 1.0), (5, 6, 4, 7.25);`;

/** Each becomes a view, whose rows the verification compares on both sides. */
const expressions = [
  "i + k",
  "i - k",
  "i * 3",
  "i / k",
  "i % k",
  "-i",
  "i / 2",
  "r / 2",
  "r * 2 + i",
  "d * 2",
  "i & 6",
  "i | 8",
  "i << 2",
  "~k",
  "abs(i)",
  "i > 3",
  "i = 7 AND b",
  "b",
  "NOT b",
  "b = 1",
  "b = 0",
  "b <> 1",
  "b IS NOT 1",
  "b IN (0, 1)",
  "b + 1",
  "b OR i > 3",
  "i IS k",
  "i IS NOT k",
  "i == 7",
  "i BETWEEN 0 AND 7",
  "i NOT BETWEEN 0 AND 7",
  "i IN (1, 3, 7)",
  "i NOT IN (1, 3)",
  "i IN ()",
  "t IN ('Hello', 'x')",
  "m IN (5, 'five')",
  "m = 5",
  "m = '5'",
  "i IS NULL",
  "i NOTNULL",
  "t || '!' || i",
  "t || b",
  "length(t)",
  "length(x)",
  "length(i)",
  "length(m)",
  "lower(t)",
  "upper(n)",
  "upper(t)",
  "trim(t)",
  "ltrim(t)",
  "rtrim(t, ' !')",
  "substr(t, 2)",
  "substr(t, 2, 2)",
  "substr(t, -3)",
  "substr(t, 1, instr(t, 'l') - 1)",
  "instr(t, 'l')",
  "replace(t, 'l', 'L')",
  "coalesce(i, k, 0)",
  "ifnull(t, 'none')",
  "nullif(i, 7)",
  "iif(i > 3, 'big', 'small')",
  "max(i, k)",
  "min(i, k, 3)",
  "CASE WHEN i > 3 THEN 'big' WHEN i < 0 THEN 'negative' ELSE 'small' END",
  "CASE b WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END",
  "CASE i WHEN 7 THEN i ELSE 0 END",
  "t LIKE 'h%'",
  "t LIKE '%\\_b%' ESCAPE '\\'",
  "t NOT LIKE 'HELLO'",
  "n LIKE 'ä%'",
  "t GLOB 'H*'",
  "t GLOB '[hH]ello'",
  "t GLOB '*[^a-z]*'",
  "t LIKE 'a_b%c'",
  "i LIKE '7%'",
  "n = 'AbC'",
  "t = 'HELLO' COLLATE NOCASE",
  "n < 'b'",
  "t < n",
  "t > 'a'",
  "round(r)",
  "round(r, 1)",
  "round(d, 1)",
  "CAST(r AS INTEGER)",
  "CAST(i AS TEXT)",
  "CAST(digits AS INTEGER)",
  "CAST(t AS INTEGER)",
  "CAST(i AS REAL)",
  "CAST(b AS TEXT)",
  "typeof(i)",
  "typeof(t)",
  "typeof(b)",
  "typeof(x)",
  "hex(x)",
  "hex(t)",
  "quote(t)",
  "quote(i)",
  "printf('%d-%s-%%', i, t)",
  "printf('%05d', i)",
  "printf('%.2f', r)",
  "unicode(t)",
  "sign(i)",
  "date(at)",
  "datetime(at)",
  "time(at)",
  "strftime('%Y-%m', at)",
  "strftime('%Y', at) = '2024'",
  "strftime('%s', at)",
  "CAST(strftime('%Y', at) AS INTEGER)",
  "datetime(at, '+1 day')",
  "date(at, '-10 days', 'start of month')",
  "unixepoch(at)",
  "julianday(at)",
  "at > '2024-01-01 00:00:00'",
  "at >= '2024-01-01'",
  "at BETWEEN '2024-01-01 00:00:00' AND '2024-12-31 23:59:59'",
  "day",
  "day = '2024-02-29'",
  "day || 'x'",
  "at",
  "ms",
  "ms / 1000",
  "ms > 1700002469134",
  "datetime(ms / 1000, 'unixepoch')",
  "date(day, '+1 day')",
  "date(day, '+1 month')",
  "date(at, '-1 month', '+1 day')",
  "datetime(at, '+1 month', 'floor')",
  "datetime(at, '1 month', 'ceiling')",
  "date(at, '+14 months')",
  "date(day, '-1 year')",
  "date(day, '+4 years')",
  "datetime(at, 'start of year', '+1 month', '-1 day')",
  "date(at, 'weekday 0')",
  "date(at, 'weekday 3', '-7 days')",
  "datetime(at, '+01:30')",
  "datetime(at, '-00:00:01')",
  "datetime(at, '+0001-02-03')",
  "datetime(at, '-0000-01-10 12:30:01')",
  "datetime(at, '+1.5 hours')",
  "date(at, '-' || abs(i) || ' days')",
  "date(at, '-' || i || ' months')",
  "datetime(at, i || ' hours')",
  "date(at, '+' || 5 || ' years')",
  "datetime(2460370.5 + id / 3.0)",
  "datetime(2451545 + i)",
  "datetime(2460370.25, 'julianday')",
  "datetime(1700000000 + id, 'unixepoch')",
  "datetime(1700000000 + id, 'auto')",
  "datetime(2451545.25 + r, 'auto')",
  "datetime(ms / 1000.0, 'unixepoch', 'subsec')",
  "unixepoch(at, 'subsec')",
  "time(at, 'subsec')",
  "strftime('%e %f %F %T %R', at)",
  "strftime('%I %k %l %p %P', at)",
  "strftime('%u %w %U %W %V %G %g', at)",
  "strftime('%j %W', day)",
  "strftime('%w', day) = '4'",
  "CAST(strftime('%W', at) AS INTEGER) + 1",
  "date('2024-02-29', '+1 year')",
  "time('10:30', '+45 minutes')",
  "datetime('2024-02-29T23:59:59+02:00')",
  "datetime(at, 'localtime')",
  "datetime(at, 'localtime', 'start of day', 'utc')",
  "datetime(at, 'utc')",
  "datetime(1718452800, 'unixepoch', 'localtime')",
  "datetime('now', 'localtime')",
  "CURRENT_TIMESTAMP",
  "j -> '$.b'  IS NULL",
  "j ->> '$.b.c'",
  "json_extract(j, '$.b.c')",
  "json_extract(j, '$.l[0]') = 1",
  "json_array_length(j, '$.l')",
  "json_valid(j)",
  "u = '0b9d1c1e-0000-4000-8000-000000000001'",
  "u",
  "x",
  "x = x'41'",
  "m",
  "d",
  "r",
  "n",
  "digits = 9",
  "digits + 1",
  "(SELECT max(q) FROM o WHERE o.s = s.id)",
  "EXISTS (SELECT 1 FROM o WHERE o.s = s.id AND q > 2)",
  "id IN (SELECT s FROM o)",
  "1 = 1",
  "'x'",
  "NULL",
  "1.5",
  "x'ab'",
  '"no such column"',
];

const queries = [
  "SELECT count(*) AS n, count(i), count(DISTINCT b), sum(i & 7), min(i), max(t), min(b) FROM s",
  "SELECT b, count(*) FROM s GROUP BY b ORDER BY b",
  "SELECT b AS flag, sum(k) AS total FROM s GROUP BY flag HAVING total > 2",
  "SELECT s.id, s.t, count(o.id) AS orders FROM s LEFT JOIN o ON o.s = s.id GROUP BY s.id",
  "SELECT sum(price) AS p, total(q), avg(q), sum(q * price) FROM o",
  "SELECT s.id, o.q FROM s, o WHERE s.id = o.s",
  "SELECT * FROM s JOIN o ON s.id = o.s",
  "SELECT o.*, s.b FROM o LEFT JOIN s ON s.id = o.s WHERE o.q BETWEEN 1 AND 4",
  "SELECT id, q FROM o NATURAL JOIN (SELECT id, 1 AS one FROM s)",
  "SELECT id, t FROM s JOIN o USING (id)",
  "SELECT id, b FROM s UNION ALL SELECT id, 0 FROM o",
  "SELECT id FROM s UNION SELECT q FROM o EXCEPT SELECT 2 INTERSECT SELECT id FROM s",
  "SELECT t AS v FROM s UNION SELECT i FROM s",
  "WITH big AS (SELECT * FROM o WHERE q > 1) SELECT count(*) AS n FROM big",
  "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT n FROM c",
  "WITH RECURSIVE c(n, path) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, path || n FROM c WHERE n < 5) SELECT n, path FROM c",
  "SELECT id, row_number() OVER (PARTITION BY s ORDER BY id DESC) AS rn, sum(q) OVER (ORDER BY id) AS running, lag(q) OVER (ORDER BY id) AS before FROM o",
  "SELECT id, q FROM o ORDER BY q DESC LIMIT 2 OFFSET 1",
  "SELECT DISTINCT b FROM s ORDER BY 1 DESC",
  "SELECT group_concat(id, '-') AS ids FROM (SELECT id FROM o ORDER BY id)",
  "SELECT t, t FROM s",
  "SELECT max(q) FILTER (WHERE price < 1) AS q FROM o",
  "SELECT x.id AS id FROM (SELECT id, q FROM o WHERE q > 1) x WHERE x.q < 9",
  "VALUES (1, 'a'), (2, NULL)",
  "SELECT id FROM s ORDER BY n COLLATE NOCASE, id LIMIT 3",
  "SELECT rowid AS r, id FROM o",
  "SELECT a.id AS a, b.id AS b FROM o a CROSS JOIN o b WHERE a.id < b.id",
];

const refused: [sql: string, reason: RegExp][] = [
  ["SELECT soundex(t) AS v FROM s", /soundex/],
  ["SELECT t REGEXP 'x' AS v FROM s", /REGEXP/],
  ["SELECT b, t FROM s GROUP BY b", /GROUP BY/],
  ["SELECT d / 3 AS v FROM s", /divides decimals/],
  ["SELECT date(at, '+1.5 month') AS v FROM s", /part of a month/],
  ["SELECT datetime(at, 'localtime') AS v FROM s", /name it in the mapping/],
  ["SELECT datetime(ms) AS v FROM s", /reads as days/],
  ["SELECT strftime('%J', at) AS v FROM s", /%J/],
  ["SELECT date(at, t) AS v FROM s", /computed modifier/],
  ["SELECT random() AS v", /another value/],
  ["SELECT datetime(t) AS v FROM s", /date/],
  ["SELECT r || '' AS v FROM s", /text of a real/],
  ["SELECT value FROM json_each('[1]')", /json_each/],
  ["SELECT i < t AS v FROM s", /number with a text/],
  ["SELECT id FROM s ORDER BY m", /numbers and texts/],
  ["SELECT * FROM nowhere", /nowhere/],
];

describe("translated expressions", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  test("every view gives the same rows in PostgreSQL as in SQLite", async () => {
    const views = [
      ...expressions.map((expression, i) => `CREATE VIEW e${i} AS SELECT id, ${expression} AS v FROM s;`),
      ...queries.map((query, i) => `CREATE VIEW q${i} AS ${query};`),
    ];
    const file = fileOf(`${table}\n${views.join("\n")}`);
    const planned = await planFile(file, { localtime: "America/St_Johns" });
    const undecided = planned.plan.accounts.filter(({ outcome }) => outcome === "undecided");
    assert.deepEqual(
      undecided.map(({ reason, source }) => `${source}: ${reason}`),
      [],
    );
    const { loaded, verified } = await migrateFile(file, await postgres.freshDatabase(), planned);
    assert.equal(
      loaded.tables.reduce((sum, { quarantined }) => sum + quarantined, 0),
      0,
    );
    assert.deepEqual(differencesOf(verified), []);
    assert.equal(verified.equal, true);
  });

  test("what is not known to be faithful is undecided, with its cause", async () => {
    const views = refused.map(([sql], i) => `CREATE VIEW v${i} AS ${sql};`);
    const { plan } = await planFile(fileOf(`${table}\n${views.join("\n")}`));
    for (const [i, [sql, reason]] of refused.entries()) {
      const account = accountOf(plan, `view v${i}`);
      assert.equal(account.outcome, "undecided", sql);
      assert.match(account.reason, reason, sql);
    }
  });
});

test("views come after those that they read, and none is read that is not made", () => {
  const plan = planOf(`
    CREATE TABLE t (a INT);
    CREATE VIEW first AS SELECT * FROM second;
    CREATE VIEW second AS SELECT a FROM t;
    CREATE VIEW third AS SELECT soundex(a) AS s FROM t;
    CREATE VIEW fourth AS SELECT * FROM third;`);
  assert.deepEqual(
    plan.objects.map(({ name }) => name),
    ["second", "first"],
  );
  assert.match(accountOf(plan, "view fourth").reason, /reads the view third/);
});
