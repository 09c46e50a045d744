import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Hazard } from "./hazard.ts";
import { numbers } from "./values.ts";

const accents = "CREATE TABLE täble(ä TEXT, n INTEGER); INSERT INTO täble VALUES ('größe 😀', 1), ('', 2), (NULL, 3)";
const rows = `CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); ${numbers(300)} INSERT INTO t SELECT i, 'value ' || i FROM n`;

/** Hazards that stand in the file itself. */
export const fileHazards: Record<string, Hazard> = {
  "utf-16le": `PRAGMA encoding = 'UTF-16le'; ${accents}`,
  "utf-16be": `PRAGMA encoding = 'UTF-16be'; ${accents}`,
  "utf-16-lone-surrogate":
    "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a TEXT); INSERT INTO t VALUES (CAST(x'00d8' AS TEXT)), ('ok')",
  "pages-of-512": `PRAGMA page_size = 512; ${rows}; INSERT INTO t VALUES (999, hex(randomblob(20000)))`,
  "pages-of-65536": `PRAGMA page_size = 65536; ${rows}`,
  "auto-vacuum": `PRAGMA auto_vacuum = FULL; ${rows}; DELETE FROM t WHERE id > 200`,
  "free-pages": `${rows}; CREATE TABLE gone AS SELECT randomblob(3000) FROM t; DROP TABLE gone`,
  "wal-mode": `PRAGMA journal_mode = WAL; ${rows}`,
  "wal-not-checkpointed": (file) => {
    const live = `${file}.live`;
    const database = new DatabaseSync(live);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${rows}`);
    for (const suffix of ["", "-wal"]) copyFileSync(live + suffix, file + suffix);
    database.close();
    rmSync(live, { force: true });
  },
  "journal-left-by-a-dead-writer": (file) => {
    const live = `${file}.live`;
    const database = new DatabaseSync(live);
    // With a cache that small the changed pages are in the file long before the commit.
    database.exec(
      `${rows}; PRAGMA cache_size = 2; BEGIN; UPDATE t SET v = hex(randomblob(300)); DELETE FROM t WHERE id % 2`,
    );
    for (const suffix of ["", "-journal"]) copyFileSync(live + suffix, file + suffix);
    database.exec("ROLLBACK");
    database.close();
    rmSync(live, { force: true });
  },
  "nan-from-another-program": (file) => {
    const database = new DatabaseSync(file);
    database.exec(
      "CREATE TABLE t(a REAL, b NUMERIC, c DATETIME); INSERT INTO t VALUES (1.25, 0.5, 2.5), (1.375, 1.375, 1.375)",
    );
    database.close();
    const bytes = readFileSync(file);
    const written = Buffer.alloc(8);
    written.writeDoubleBE(1.375);
    for (let at = bytes.indexOf(written); at >= 0; at = bytes.indexOf(written)) bytes.writeDoubleBE(Number.NaN, at);
    writeFileSync(file, bytes);
  },
  "application-id-and-version": `PRAGMA application_id = 1196444487; PRAGMA user_version = 42; ${rows}`,
  "collation-of-the-application": `CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('b'), ('a');
    PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a TEXT COLLATE localized)' WHERE name = 't'`,
  "collation-of-a-key-without-rowid": `CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
    INSERT INTO t VALUES ('B', 1), ('a', 2), ('c', NULL); CREATE TABLE u(a TEXT); INSERT INTO u VALUES ('x');
    PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = name,
      sql = 'CREATE TABLE t(k TEXT PRIMARY KEY COLLATE "uni /* case */" , v TEXT collate\nlocalized) WITHOUT ROWID' WHERE name = 't'`,
  "tokenizer-of-the-application": `CREATE TABLE t(a); INSERT INTO t VALUES (1);
    CREATE VIRTUAL TABLE words USING fts4(body); INSERT INTO words VALUES ('x'); PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE words USING fts4(body, tokenize=own)' WHERE name = 'words'`,
  "module-of-the-application": `CREATE TABLE t(a); INSERT INTO t VALUES (1); PRAGMA writable_schema = ON;
    INSERT INTO sqlite_schema VALUES ('table', 'vectors', 'vectors', 0, 'CREATE VIRTUAL TABLE vectors USING vec0(embedding float[4])')`,
};
