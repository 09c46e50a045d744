import type { Hazard } from "./hazard.ts";

const long = (last: string) => `${"x".repeat(63)}${last}`;

/** Hazards that stand in names. */
export const nameHazards: Record<string, Hazard> = {
  "keyword-names": `CREATE TABLE "select"("order" INTEGER PRIMARY KEY, "user" TEXT, "table" TEXT, "default" TEXT);
    INSERT INTO "select" VALUES (1, 'a', 'b', 'c')`,
  "mixed-case-names": `CREATE TABLE UserAccount(Id INTEGER PRIMARY KEY, FirstName TEXT);
    INSERT INTO useraccount VALUES (1, 'Ana')`,
  "names-with-spaces": `CREATE TABLE "my table"("first name" TEXT, "a""quote" TEXT, "semi;colon" TEXT, "per%cent" TEXT);
    INSERT INTO "my table" VALUES ('a', 'b', 'c', 'd')`,
  "names-beyond-ascii": `CREATE TABLE "Größe"("naïve" TEXT, "日本" TEXT, "emoji😀" TEXT);
    INSERT INTO "Größe" VALUES ('a', 'b', 'c')`,
  "names-of-63-bytes-and-more": `CREATE TABLE "${long("1")}"(id INTEGER PRIMARY KEY, "${long("a")}" TEXT, "${long("b")}" TEXT);
    CREATE TABLE "${long("2")}"(id INTEGER PRIMARY KEY); INSERT INTO "${long("1")}" VALUES (1, 'a', 'b')`,
  "names-that-collide-when-folded": `CREATE TABLE userName(id INTEGER PRIMARY KEY, firstName TEXT, first_name TEXT);
    CREATE TABLE user_name(id INTEGER PRIMARY KEY); INSERT INTO userName VALUES (1, 'a', 'b')`,
  "names-of-postgresql": `CREATE TABLE pg_class(oid INTEGER, ctid TEXT, xmin TEXT, tableoid TEXT);
    INSERT INTO pg_class VALUES (1, 'a', 'b', 'c')`,
  "index-named-like-a-table-of-another-schema": `CREATE TABLE t(a); CREATE TABLE u(a);
    CREATE INDEX "t_pkey" ON t(a); CREATE INDEX "u_a_idx" ON u(a); INSERT INTO t VALUES (1)`,
  "tables-named-like-types": `CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT); CREATE TABLE oid(a TEXT, CHECK (length(a) < 9));
    CREATE TABLE bigint(text TEXT); CREATE VIEW json AS SELECT value, CAST(id AS TEXT) AS t FROM text;
    CREATE TRIGGER bool AFTER INSERT ON text BEGIN INSERT INTO bigint VALUES (CAST(new.id AS TEXT)); END;
    INSERT INTO text VALUES (1, 'x'); INSERT INTO oid VALUES ('1'); INSERT INTO bigint VALUES ('1')`,
  "column-named-rowid": `CREATE TABLE t(rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO t VALUES ('a', 'b', 'c')`,
  "empty-name": `CREATE TABLE t("" TEXT, b TEXT); INSERT INTO t VALUES ('a', 'b')`,
};
