import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { affinityOf } from "../../scripts/lib/db/sqlite/affinity.ts";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { hasKeyword, moduleOf } from "../../scripts/lib/db/sqlite/tokens.ts";
import type { SourceCatalog } from "../../scripts/lib/migrate/model/source.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
let made = 0;

function catalogOf(sql: string): SourceCatalog {
  const file = join(folder, `${++made}.sqlite`);
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  return catalog;
}

const tableOf = (catalog: SourceCatalog, name: string) => {
  const table = catalog.tables.find((one) => one.name === name);
  assert.ok(table, `table ${name}`);
  return table;
};

test("only a lone INTEGER PRIMARY KEY of a rowid table is the rowid", () => {
  const catalog = catalogOf(`
    CREATE TABLE alias(id integer PRIMARY KEY /* AUTOINCREMENT */, b);
    CREATE TABLE descending(id INTEGER PRIMARY KEY DESC);
    CREATE TABLE "int"(id INT PRIMARY KEY);
    CREATE TABLE composite(b TEXT, a INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE counted("AUTOINCREMENT" TEXT, id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
    CREATE TABLE hidden(rowid, _rowid_, OID);
    INSERT INTO counted(id) VALUES (41); DELETE FROM counted`);
  const facts = (name: string) => {
    const { rowidAlias, primaryKey, autoincrement, sequence, rowidName } = tableOf(catalog, name);
    return { rowidAlias, primaryKey, autoincrement, sequence, rowidName };
  };
  const none = { autoincrement: false, sequence: null, rowidName: "rowid", rowidAlias: null };
  assert.deepEqual(facts("alias"), { ...none, primaryKey: ["id"], rowidAlias: "id" });
  assert.deepEqual(facts("descending"), { ...none, primaryKey: ["id"] });
  assert.deepEqual(facts("int"), { ...none, primaryKey: ["id"] });
  assert.deepEqual(facts("composite"), { ...none, primaryKey: ["a", "b"], rowidName: null });
  assert.deepEqual(facts("hidden"), { ...none, primaryKey: [], rowidName: null });
  assert.deepEqual(facts("counted"), {
    ...none,
    primaryKey: ["id"],
    rowidAlias: "id",
    autoincrement: true,
    sequence: "41",
  });
  assert.equal(tableOf(catalog, "sqlite_sequence").kind, "internal");
});

test("virtual tables, their shadows and their modules are told apart from ordinary tables", () => {
  const catalog = catalogOf(`
    CREATE VIRTUAL TABLE "using" USING fts5(title, body);
    CREATE VIRTUAL TABLE box USING RTree(id, x0, x1);
    CREATE TABLE "using_notes"(a)`);
  assert.deepEqual(
    catalog.tables.map(({ name, kind, module }) => [name, kind, module]),
    [
      ["using", "virtual", "fts5"],
      ...["using_data", "using_idx", "using_content", "using_docsize", "using_config"].map((name) => [
        name,
        "shadow",
        null,
      ]),
      ["box", "virtual", "rtree"],
      ...["box_rowid", "box_node", "box_parent"].map((name) => [name, "shadow", null]),
      ["using_notes", "table", null],
    ],
  );
  assert.deepEqual(
    tableOf(catalog, "using").columns.map(({ name }) => name),
    ["title", "body"],
  );
});

test("columns carry type, affinity, default and generation as declared", () => {
  const [table] = catalogOf(`CREATE TABLE t(
    a VARCHAR(10) NOT NULL DEFAULT 'it''s',
    b REAL AS (a || 'x') STORED,
    c GENERATED ALWAYS AS (1),
    d DECIMAL(10, 2) DEFAULT (strftime('%s')))`).tables;
  assert.deepEqual(
    table?.columns.map(({ name, declaredType, affinity, notNull, defaultSql, generated }) =>
      [name, declaredType, affinity, notNull, defaultSql, generated].join("|"),
    ),
    [
      "a|VARCHAR(10)|text|true|'it''s'|",
      "b|REAL|real|false||stored",
      "c||blob|false||virtual",
      "d|DECIMAL(10, 2)|numeric|false|strftime('%s')|",
    ],
  );
});

test("foreign keys keep their columns together, and may name no parent column or no table that exists", () => {
  const [, child] = catalogOf(`
    CREATE TABLE p(a, b, PRIMARY KEY (a, b));
    CREATE TABLE c(x, y, z REFERENCES nowhere ON DELETE SET NULL, FOREIGN KEY (x, y) REFERENCES p(b, a))`).tables;
  assert.deepEqual(child?.foreignKeys, [
    {
      id: 0,
      columns: ["x", "y"],
      parent: "p",
      parentColumns: ["b", "a"],
      onUpdate: "NO ACTION",
      onDelete: "NO ACTION",
    },
    { id: 1, columns: ["z"], parent: "nowhere", parentColumns: [], onUpdate: "NO ACTION", onDelete: "SET NULL" },
  ]);
});

test("indexes tell their origin, order, collation and expressions", () => {
  const { indexes } = catalogOf(`
    CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE, b, PRIMARY KEY (b, a));
    CREATE UNIQUE INDEX i ON t(lower(a), b COLLATE RTRIM DESC) WHERE b > 0`);
  assert.deepEqual(
    indexes.map(({ name, origin, unique, partial, sql }) => [name, origin, unique, partial, sql !== null]),
    [
      ["sqlite_autoindex_t_1", "unique", true, false, false],
      ["sqlite_autoindex_t_2", "primary", true, false, false],
      ["i", "create", true, true, true],
    ],
  );
  assert.deepEqual(indexes[2]?.parts, [
    { column: null, descending: false, collation: "BINARY" },
    { column: "b", descending: true, collation: "RTRIM" },
  ]);
  assert.equal(indexes[0]?.parts[0]?.collation, "NOCASE");
});

test("views and triggers are listed even where they are broken", () => {
  const catalog = catalogOf(`
    CREATE TABLE t(a);
    CREATE VIEW v AS SELECT missing FROM nowhere;
    CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END`);
  assert.deepEqual(catalog.views, [{ name: "v", sql: "CREATE VIEW v AS SELECT missing FROM nowhere" }]);
  assert.deepEqual(
    catalog.triggers.map(({ name, table }) => [name, table]),
    [["r", "t"]],
  );
});

test("a UTF-16 file is read like any other", () => {
  const catalog = catalogOf("PRAGMA encoding = 'UTF-16be'; CREATE TABLE täble(ä TEXT DEFAULT 'ö😀')");
  assert.equal(catalog.encoding, "UTF-16be");
  assert.deepEqual(catalog.tables[0]?.columns[0]?.defaultSql, "'ö😀'");
});

test("the digest is that of the schema, not of the rows", () => {
  const one = catalogOf("CREATE TABLE t(a)");
  const rows = catalogOf("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const other = catalogOf("CREATE TABLE t(a); CREATE INDEX i ON t(a)");
  assert.equal(one.schemaDigest, rows.schemaDigest);
  assert.notEqual(one.schemaDigest, other.schemaDigest);
});

test("affinity follows SQLite's rules, in their order", () => {
  const cases = {
    INT: "integer",
    CHARINT: "integer",
    VARCHAR: "text",
    BLOB: "blob",
    "": "blob",
    "FLOATING POINT": "integer",
  };
  for (const [type, affinity] of Object.entries(cases)) assert.equal(affinityOf(type, false), affinity, type);
  assert.equal(affinityOf("double precision", false), "real");
  assert.equal(affinityOf("STRING", false), "numeric");
  assert.equal(affinityOf("ANY", true), "blob");
  assert.equal(affinityOf("ANY", false), "numeric");
});

test("a keyword in a comment, a string or a quoted name is none", () => {
  const sql = `CREATE TABLE t("AUTOINCREMENT" DEFAULT 'AUTOINCREMENT', [AUTOINCREMENT] -- AUTOINCREMENT
    /* AUTOINCREMENT */, \`AUTOINCREMENT\`)`;
  assert.equal(hasKeyword(sql, "AUTOINCREMENT"), false);
  assert.equal(hasKeyword(`${sql} autoincrement`, "AUTOINCREMENT"), true);
  assert.equal(moduleOf("create virtual table 'using x' using /* fts4 */ \"FTS5\"(a)"), "fts5");
});
