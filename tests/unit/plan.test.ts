import assert from "node:assert/strict";
import { test } from "node:test";
import type { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { parsePlan, planText } from "../../scripts/lib/migrate/plan/file.ts";
import { parseMapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { Names, toSnake } from "../../scripts/lib/migrate/plan/names.ts";
import { accountOf, catalogOf, columnOf, integers, planOf, texts } from "../support/plan.ts";

const shop = `
  CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    born TEXT DEFAULT 'it''s', score REAL DEFAULT -1, active BOOLEAN NOT NULL DEFAULT 1, note TEXT DEFAULT "dq");
  CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT positive CHECK (id > 0), UNIQUE (customer, id));
  CREATE INDEX by_customer ON "order" (customer DESC);
  CREATE VIEW totals AS SELECT customer, count(*) FROM "order" GROUP BY customer;
  CREATE TRIGGER stamp AFTER INSERT ON customer BEGIN SELECT 1; END;`;

test("every object of the source and every part of a table is accounted for, once", () => {
  const keys = planOf(shop).accounts.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  for (const expected of [
    "table customer",
    "column customer.email",
    "not null customer.email",
    "collation customer.email",
    "unique customer.1",
    "default customer.born",
    "autoincrement customer",
    "primary key customer",
    "primary key order",
    "foreign key order.0",
    "check order.1",
    "unique order.1",
    "index by_customer",
    "index sqlite_autoindex_customer_1",
    "view totals",
    "trigger stamp",
    "table sqlite_sequence",
  ]) {
    assert.ok(keys.includes(expected), `${expected} is missing among ${keys.join(", ")}`);
  }
  const objects = catalogOf(shop);
  const named = [...objects.tables, ...objects.indexes, ...objects.views, ...objects.triggers].map(({ name }) => name);
  for (const name of named)
    assert.ok(
      keys.some((key) => key.endsWith(` ${name}`)),
      name,
    );
});

test("a plan that was written and read again is the same plan", () => {
  const plan = planOf(shop);
  assert.deepEqual(parsePlan(planText(plan), "plan.yaml"), plan);
});

test("defaults keep their value in the column's type", () => {
  const plan = planOf(shop);
  const defaults = Object.fromEntries(plan.tables.flatMap(({ columns }) => columns.map((c) => [c.source, c.default])));
  assert.equal(defaults.born, "'it''s'");
  assert.equal(defaults.score, "'-1.0'::double precision");
  assert.equal(defaults.active, "true");
  assert.equal(defaults.note, "'dq'");
});

test("a default that its column's type cannot hold is undecided, by name", () => {
  const plan = planOf("CREATE TABLE t (n INTEGER DEFAULT '')", { "t.n": integers(1, 2) });
  assert.equal(accountOf(plan, "default t.n").outcome, "undecided");
  assert.equal(columnOf(plan, "t.n").default, null);
});

test("a waiver takes an object out, and one of something else is an error", () => {
  const waive = [{ object: "unique order.1", reason: "never needed" }];
  const plan = planOf(shop, {}, { waive });
  assert.deepEqual(
    [accountOf(plan, "unique order.1").outcome, accountOf(plan, "unique order.1").reason],
    ["waived", "never needed"],
  );
  assert.ok(!plan.tables.some(({ constraints }) => constraints.some(({ account }) => account === "unique order.1")));
  assert.throws(
    () => planOf(shop, {}, { waive: [{ object: "view nothing", reason: "?" }] }),
    (error: LandfallError) => error.code === "usage" && error.message.includes("view nothing"),
  );
});

test("a mapping's errors come all at once", () => {
  const text = "tables: {t: {columns: {c: {typ: x, nul: keep}}}}\nwaive: [{object: a}]\nnaming: camel";
  assert.throws(
    () => parseMapping(text, "mapping.yaml"),
    (error: LandfallError) => ["typ", "nul", "reason", "naming"].every((word) => error.message.includes(word)),
  );
});

test("a mapping that names no table or column of the source is refused", () => {
  assert.throws(
    () => planOf("CREATE TABLE t (a)", {}, { tables: { t: { columns: { b: {} } }, u: { columns: {} } } }),
    (error: LandfallError) => error.message.includes("t.b") && error.message.includes("table u"),
  );
});

test("a mapping's type comes with the conversion that the values ask for", () => {
  const tables = { t: { columns: { c: { type: "timestamp with time zone" } } } };
  const seen = { "t.c": integers(1_600_000_000_000, 1_700_000_000_000, { epochMillis: 2 }) };
  const column = columnOf(planOf("CREATE TABLE t (c INTEGER)", seen, { tables }), "t.c");
  assert.deepEqual([column.type, column.convert], ["timestamptz", { as: "instant", integer: "millis" }]);
});

test("NULLs under a NOT NULL or in a key are kept, and new ones refused as far as the source did", () => {
  const sql = "CREATE TABLE t (k TEXT PRIMARY KEY, n TEXT NOT NULL)";
  const plan = planOf(sql, { "t.k": { ...texts(), nulls: 2 }, "t.n": { ...texts(), nulls: 1 } });
  const [table] = plan.tables;
  assert.deepEqual(
    table?.constraints.map(({ kind, sql, validate }) => [kind, sql, validate]),
    [
      ["check", 'CHECK ("n" IS NOT NULL)', false],
      ["unique", 'UNIQUE ("k")', true],
    ],
  );
  assert.equal(accountOf(plan, "primary key t").outcome, "translated");
});

test("a foreign key that cannot be made is undecided with its cause", () => {
  const plan = planOf("CREATE TABLE c (a REFERENCES nowhere, b TEXT REFERENCES p (x)); CREATE TABLE p (x TEXT)");
  assert.match(accountOf(plan, "foreign key c.1").reason, /no table nowhere/);
  assert.match(accountOf(plan, "foreign key c.0").reason, /not unique/);
});

test("snake_case parts words, and names that collide then stay apart", () => {
  assert.equal(toSnake("HTTPServerId"), "http_server_id");
  assert.equal(toSnake("Order Details"), "order_details");
  assert.equal(toSnake("_prisma_migrations"), "_prisma_migrations");
  const plan = planOf('CREATE TABLE t (userId, user_id, "ÜberName")', {}, {}, { naming: "snake" });
  assert.deepEqual(
    plan.tables[0]?.columns.map(({ target }) => target),
    ["user_id", "user_id_2", "über_name"],
  );
});

test("a name beyond 63 bytes is cut with a hash, and never in the middle of a character", () => {
  const names = new Names("keep");
  const long = "ä".repeat(40);
  const [one, other] = [names.give(`${long}1`).name, names.give(`${long}2`).name];
  assert.ok(Buffer.byteLength(one) <= 63 && one !== other);
  assert.equal(Buffer.from(one).toString(), one);
});

test("a column with the name of a system column gets another", () => {
  assert.equal(columnOf(planOf("CREATE TABLE t (xmin)"), "t.xmin").target, "xmin_2");
});

test("text too long for an index is indexed by its digest", () => {
  const plan = planOf("CREATE TABLE t (c TEXT UNIQUE)", { "t.c": texts({ maxBytes: 9000 }) });
  assert.match(plan.objects[0]?.sql[0] ?? "", /UNIQUE INDEX .* \(md5\("c"\)\)/);
  assert.equal(accountOf(plan, "unique t.1").outcome, "translated");
});

test("SQL by hand takes the place of a translation, and fits only what can be given by hand", () => {
  const sql = "CREATE TABLE t (a TEXT CHECK (a <> '')); CREATE VIEW v AS SELECT soundex(a) AS s FROM t";
  const translate = { "check t.1": "CHECK (a ~ 'x')", "view v": "CREATE VIEW v AS SELECT 1 AS s" };
  const plan = planOf(sql, {}, { translate });
  assert.equal(plan.tables[0]?.constraints[0]?.sql, "CHECK (a ~ 'x')");
  assert.deepEqual(plan.objects[0]?.sql, ["CREATE VIEW v AS SELECT 1 AS s"]);
  assert.throws(
    () => planOf(sql, {}, { translate: { "table t": "x", "view w": "y" } }),
    (error: LandfallError) => error.message.includes("table t") && error.message.includes("view w"),
  );
});

test("a full-text index becomes its content with a search index, or an index on the table that it is about", () => {
  const plan = planOf(`
    CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT);
    CREATE VIRTUAL TABLE own USING fts5(title, body);
    CREATE VIRTUAL TABLE about USING fts5(body, content='doc', content_rowid='id');
    CREATE VIRTUAL TABLE gone USING fts5(body, content='');
    CREATE VIRTUAL TABLE area USING rtree(id, x0, x1, y0, y1);
    CREATE TRIGGER feed AFTER INSERT ON doc BEGIN INSERT INTO about (rowid, body) VALUES (NEW.id, NEW.body); END;`);
  assert.deepEqual(
    plan.tables.map(({ source, columns }) => [source, columns.map(({ target }) => target).join(" ")]),
    [
      ["doc", "id body"],
      ["own", "rowid title body"],
      ["area", "id x0 x1 y0 y1"],
    ],
  );
  assert.match(
    plan.objects.map(({ sql }) => sql[0]).join("\n"),
    /ON "public"."own" USING gin .*\n.*"doc" USING gin .*\n.*"area" USING gist/,
  );
  assert.equal(accountOf(plan, "trigger feed").outcome, "translated");
  assert.equal(accountOf(plan, "table gone").outcome, "undecided");
  const shadows = plan.accounts.filter(({ reason }) => reason.includes("keeps its content in"));
  assert.ok(shadows.length >= 13, `${shadows.length} shadow tables`);
});
