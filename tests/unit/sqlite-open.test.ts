import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { temporaryFolder } from "../support/folder.ts";
import { asOrdinaryUser } from "../support/ordinary-user.ts";

const folder = temporaryFolder();

/** A database of 300 rows over many pages. */
function makeDatabase(name: string): string {
  const file = join(folder, name);
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO t SELECT i, hex(randomblob(400)) FROM n`);
  database.close();
  return file;
}

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Opens it and reads all of it. */
function read(file: string): number {
  const source = openSource(file);
  try {
    return source.prepare("SELECT a, b FROM t").all().length;
  } finally {
    source.close();
  }
}

function refuses(file: string, message: RegExp, hint: RegExp): void {
  assert.throws(
    () => read(file),
    (error) => {
      assert.ok(error instanceof LandfallError, String(error));
      assert.equal(error.code, "source");
      assert.match(error.message, message);
      assert.match(error.hint, hint);
      assert.ok(error.message.includes(file), "the message names the file");
      return true;
    },
  );
}

test("a whole file is read, integers as bigints and rows as arrays", () => {
  const source = openSource(makeDatabase("whole.sqlite"));
  assert.deepEqual(source.prepare("SELECT 9007199254740993, 1.0, 'x', NULL, x'00'").get(), [
    9007199254740993n,
    1,
    "x",
    null,
    new Uint8Array([0]),
  ]);
  assert.equal([...source.prepare("SELECT a FROM t WHERE a > ?").iterate(290n)].length, 10);
  source.close();
});

test("the file cannot be written", () => {
  const source = openSource(makeDatabase("read-only.sqlite"));
  assert.throws(() => source.prepare("DELETE FROM t").all(), { code: "source" });
  source.close();
});

test("a path that leads to no database says what is there instead", () => {
  mkdirSync(join(folder, "folder"));
  refuses(join(folder, "folder"), /is a folder/, /name the SQLite file in it/);
  refuses(join(folder, "none.sqlite"), /does not exist$/, /check the path/);
  refuses(write("empty.sqlite", ""), /is empty \(0 bytes\)/, /restore/);
  refuses(write("text.sqlite", "dear diary"), /is not a SQLite database/, /name the application's/);
  refuses(write("dump.sqlite", "PRAGMA foreign_keys=OFF;\nBEGIN;"), /an SQL dump/, /sqlite3 NEW/);
  refuses(write("zipped.sqlite", gzipSync("x")), /gzip/, /gunzip/);
  refuses(write("encrypted.sqlite", randomBytes(8192)), /encrypted \(SQLCipher/, /sqlcipher_export/);
});

test("a write-ahead log without its database is told from a wrong path", () => {
  const file = makeDatabase("live.sqlite");
  const writer = new DatabaseSync(file);
  writer.exec("PRAGMA journal_mode = WAL; INSERT INTO t(b) VALUES ('in the log')");
  const moved = write("lost.sqlite-wal", readFileSync(`${file}-wal`));
  writer.close();
  refuses(join(folder, "lost.sqlite"), /does not exist, only its log/, /put the database file beside its log/);
  refuses(moved, /is the write-ahead log/, /without -wal/);
});

test("a file that ends early is refused before anything is read from it", () => {
  const whole = readFileSync(makeDatabase("long.sqlite"));
  const half = whole.length / 2;
  refuses(write("half.sqlite", whole.subarray(0, half)), /is truncated: it has \d+ of \d+ bytes/, /copy it again/);
  refuses(write("header.sqlite", whole.subarray(0, 50)), /is not a SQLite database/, /name the application's/);
});

test("a damaged page is reported as damage, with a way to salvage the rest", () => {
  const pages = readFileSync(makeDatabase("damaged.sqlite"));
  pages.fill(0xff, pages.length / 2, pages.length / 2 + 4096);
  refuses(write("damaged.sqlite", pages), /is damaged: /, /\.recover/);
});

test("an encrypted file that kept a plain header is told from damage", () => {
  const pages = readFileSync(makeDatabase("half-plain.sqlite"));
  randomBytes(pages.length - 100).copy(pages, 100);
  refuses(write("half-plain.sqlite", pages), /is (damaged|encrypted)/, /decrypt|recover/);
});

test("a file without a right to read it says so", () => {
  const file = makeDatabase("secret.sqlite");
  chmodSync(file, 0o000);
  asOrdinaryUser(() => refuses(file, /may not be read by this user/, /change its mode/));
});

test("a log in a folder that cannot be written is read where its index can be built, or the cause is named", () => {
  const inner = join(folder, "read-only-folder");
  mkdirSync(inner);
  const file = makeDatabase("logged.sqlite");
  const writer = new DatabaseSync(file);
  writer.exec("PRAGMA journal_mode = WAL; INSERT INTO t(b) VALUES ('in the log')");
  const log = readFileSync(`${file}-wal`);
  const pages = readFileSync(file);
  writer.close();
  renameSync(write("copy.sqlite", pages), join(inner, "copy.sqlite"));
  renameSync(write("copy.sqlite-wal", log), join(inner, "copy.sqlite-wal"));
  chmodSync(inner, 0o555);
  asOrdinaryUser(() => refuses(join(inner, "copy.sqlite"), /cannot be (opened|read)/, /rights|copy/));
});

test("a database that another program holds alone is reported as locked", () => {
  const file = makeDatabase("held.sqlite");
  const holder = new DatabaseSync(file);
  holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  assert.throws(() => openSource(file, { timeout: 1 }), {
    code: "source",
    message: /is locked by another program/,
    hint: /wait until it is done/,
  });
  holder.exec("ROLLBACK");
  holder.close();
});
