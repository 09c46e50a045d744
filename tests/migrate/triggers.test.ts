import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { Connection } from "../../scripts/lib/db/postgres/connection.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { schemaStatements } from "../../scripts/lib/migrate/schema/statements.ts";
import { accountOf, planOf } from "../support/plan.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

let postgres: TestPostgres;

const schema = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, stock INTEGER NOT NULL DEFAULT 0, active BOOLEAN NOT NULL DEFAULT 1, touched INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, item INTEGER, old TEXT, new TEXT);
  CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
  CREATE TABLE seat (place TEXT, at INTEGER, who TEXT, UNIQUE (place, at) ON CONFLICT REPLACE);
  CREATE TABLE form (id INTEGER PRIMARY KEY, first TEXT NOT NULL, kind TEXT NOT NULL ON CONFLICT IGNORE, page INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 7,
    last TEXT NOT NULL, tag TEXT NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE DEFAULT NULL, UNIQUE (kind, page) ON CONFLICT FAIL);
  CREATE TABLE entry (id INTEGER PRIMARY KEY, what TEXT);
  CREATE TABLE seen (what TEXT);
  CREATE TRIGGER entered AFTER INSERT ON entry BEGIN
    INSERT INTO seen VALUES ('first ' || NEW.what);
    SELECT RAISE(IGNORE) WHERE NEW.what = 'quiet';
    INSERT INTO seen VALUES ('then ' || NEW.what);
  END;
  CREATE TABLE tag (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE ON CONFLICT IGNORE, n INTEGER NOT NULL);
  CREATE VIEW shown AS SELECT id, name, active FROM item WHERE active = 1;
  CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
    INSERT INTO log (what, item, new) VALUES ('added', NEW.id, NEW.name || '!');
    INSERT INTO counter (name, n) VALUES ('items', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER item_renamed AFTER UPDATE OF name ON item WHEN OLD.name IS NOT NEW.name BEGIN
    INSERT INTO log (what, item, old, new) SELECT 'renamed', NEW.id, OLD.name, NEW.name;
  END;
  CREATE TRIGGER item_touched AFTER UPDATE ON item BEGIN
    UPDATE item SET touched = touched + 1 WHERE id = NEW.id;
  END;
  CREATE TRIGGER item_removed AFTER DELETE ON item BEGIN
    DELETE FROM log WHERE item = OLD.id AND what = 'renamed';
    UPDATE counter SET n = n - 1 WHERE name = 'items';
  END;
  CREATE TRIGGER no_negative BEFORE UPDATE OF stock ON item BEGIN
    SELECT CASE WHEN NEW.stock < 0 THEN RAISE(ABORT, 'it''s out of stock') END;
  END;
  CREATE TRIGGER no_twins BEFORE INSERT ON item BEGIN
    SELECT RAISE(FAIL, 'twin') FROM item WHERE name = NEW.name AND active;
  END;
  CREATE TRIGGER skip_ghosts BEFORE INSERT ON item WHEN NEW.name = 'ghost' BEGIN SELECT RAISE(IGNORE); END;
  CREATE TABLE latest (id INTEGER PRIMARY KEY, item INTEGER UNIQUE, name TEXT COLLATE NOCASE, n INTEGER NOT NULL DEFAULT 7, UNIQUE (name));
  CREATE TRIGGER remember AFTER UPDATE OF stock ON item BEGIN
    INSERT OR REPLACE INTO latest (item, name) VALUES (NEW.id, NEW.name);
    INSERT OR REPLACE INTO latest (id, item, name, n) SELECT 100 + id % 2, 100 + id, 'copy ' || id, stock FROM item WHERE id < 3 ORDER BY id;
    SELECT count(*) FROM latest;
  END;
  CREATE TABLE price (item INTEGER PRIMARY KEY, cents INTEGER, seen INTEGER);
  CREATE TRIGGER reprice AFTER INSERT ON price BEGIN
    UPDATE price SET (cents, seen) = (NEW.cents + i.stock, 1) FROM item AS i WHERE i.id = price.item AND price.item = NEW.item;
    INSERT OR IGNORE INTO counter (name, n) VALUES ('prices', 0);
    INSERT INTO counter (name, n) VALUES ('prices', 1) ON CONFLICT (name) DO UPDATE SET n = counter.n + excluded.n WHERE n < 2;
  END;
  CREATE VIEW priced AS SELECT item.id AS id, name, cents FROM item JOIN price ON item = item.id;
  CREATE TRIGGER priced_in INSTEAD OF INSERT ON priced WHEN NEW.cents > 0 BEGIN
    INSERT INTO item (id, name) VALUES (NEW.id, NEW.name); INSERT INTO price (item, cents) VALUES (NEW.id, NEW.cents);
  END;
  CREATE TRIGGER priced_up INSTEAD OF UPDATE ON priced BEGIN
    SELECT RAISE(ABORT, 'too dear') WHERE NEW.cents > 1000;
    UPDATE price SET cents = NEW.cents WHERE item = OLD.id;
  END;
  CREATE TRIGGER hide INSTEAD OF DELETE ON shown BEGIN UPDATE item SET active = 0 WHERE id = OLD.id; END;`;

/** Run one after the other on both sides; what each leaves behind must be equal. */
const statements = [
  "INSERT INTO item (id, name) VALUES (1, 'pen')",
  "INSERT INTO item (id, name, stock) VALUES (2, 'ink', 5), (3, 'paper', 9)",
  "INSERT INTO item (id, name) VALUES (4, 'pen')",
  "INSERT INTO item (id, name) VALUES (5, 'ghost')",
  "UPDATE item SET name = 'quill' WHERE id = 1",
  "UPDATE item SET name = name WHERE id = 2",
  "UPDATE item SET stock = stock - 3",
  "UPDATE item SET stock = -1 WHERE id = 3",
  "UPDATE item SET stock = stock - 5 WHERE id = 3",
  "INSERT INTO item (id, name) VALUES (20, 'INK')",
  "UPDATE item SET stock = 4 WHERE id = 20",
  "UPDATE item SET stock = 4 WHERE id = 2",
  "INSERT INTO price (item, cents) VALUES (2, 90), (20, 10)",
  "INSERT INTO priced (id, name, cents) VALUES (30, 'cap', 5)",
  "INSERT INTO priced (id, name, cents) VALUES (31, 'hat', -5)",
  "UPDATE priced SET cents = cents + 1 WHERE id = 30",
  "UPDATE priced SET cents = 5000 WHERE id = 30",
  "DELETE FROM shown WHERE id = 2",
  "DELETE FROM item WHERE id = 1",
  "INSERT INTO seat VALUES ('a', 1, 'Ana'), ('a', 2, 'Ben'), ('a', 1, 'Cleo'), (NULL, 1, 'Dan'), (NULL, 1, 'Eve')",
  "UPDATE seat SET who = who || '!' WHERE place = 'a' AND at = 2",
  "UPDATE seat SET at = 1 WHERE who = 'Ben!'",
  "INSERT INTO seat VALUES ('b', 1, 'Fay'), ('b', 2, 'Gus'), ('b', 3, 'Hal')",
  "UPDATE seat SET at = 9 WHERE place = 'b'",
  "INSERT INTO seat VALUES ('c', 3, 'Ida'), ('c', 2, 'Jan'), ('c', 1, 'Kim')",
  "UPDATE seat SET at = at + 1 WHERE place = 'c'",
  "INSERT INTO tag VALUES (1, 'red', 1), (2, 'blue', 1), (3, 'red', 2)",
  "INSERT INTO tag SELECT 4, 'blue', 5 UNION ALL SELECT 5, 'green', 6",
  "UPDATE tag SET word = 'red' WHERE id = 2",
  "UPDATE tag SET n = 7 WHERE id = 2",
  "INSERT INTO form VALUES (1, 'a', 'k', 1, 'z', 'x'), (2, 'b', NULL, 2, 'z', 'y'), (3, 'c', 'l', NULL, 'z', 'w')",
  "INSERT INTO form VALUES (4, 'd', 'm', 1, 'z', 'q'), (5, 'e', NULL, 1, 'z', 'x'), (6, 'f', 'n', 1, 'z', NULL)",
  "INSERT INTO form VALUES (7, 'g', 'o', 1, NULL, NULL)",
  "INSERT INTO form (id, kind, page, last) VALUES (8, 'p', 1, 'z')",
  "UPDATE form SET kind = CASE id WHEN 1 THEN NULL ELSE kind || '!' END",
  "UPDATE form SET page = NULL, tag = 'x' WHERE id = 3",
  "INSERT INTO entry (what) VALUES ('one'), ('quiet'), ('two')",
];

const looks = [
  "SELECT id, name, stock, CAST(active AS INTEGER) AS active, touched FROM item ORDER BY id",
  "SELECT what, item, old, new FROM log ORDER BY item, what, new",
  "SELECT name, n FROM counter ORDER BY name",
  "SELECT id FROM shown ORDER BY id",
  "SELECT item, name, n FROM latest ORDER BY item",
  "SELECT item, cents, seen FROM price ORDER BY item",
  "SELECT id, name, cents FROM priced ORDER BY id",
  "SELECT place, at, who FROM seat ORDER BY who",
  "SELECT word, n FROM tag ORDER BY word",
  "SELECT * FROM form ORDER BY id",
  "SELECT what FROM entry ORDER BY id",
  "SELECT what FROM seen ORDER BY what",
];

describe("translated triggers", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  test("every statement ends alike and leaves the same rows on both sides", async () => {
    const plan = planOf(schema);
    assert.deepEqual(
      plan.accounts.filter(({ outcome }) => outcome === "undecided").map(({ key, reason }) => `${key}: ${reason}`),
      [],
    );
    const sqlite = new DatabaseSync(":memory:");
    sqlite.exec(schema);
    const connection = await Connection.open(await postgres.freshDatabase());
    try {
      await createSchema(connection, plan, "0123456789abcdef");
      const { keys, indexes, foreignKeys, rest } = schemaStatements(plan);
      for (const { sql } of [...keys, ...indexes, ...foreignKeys, ...rest]) await connection.query(sql);
      for (const statement of statements) {
        const [here, there] = [
          attempt(() => sqlite.exec(statement)),
          await attempted(() => connection.queryRaw(statement)),
        ];
        assert.equal(alike(there), alike(here), statement);
        for (const look of looks) {
          const rows = (await connection.queryTexts(look)).map((row) => row.join("|"));
          const expected = sqlite
            .prepare(look)
            .all()
            .map((row) =>
              Object.values(row)
                .map((v) => v ?? "")
                .join("|"),
            );
          assert.deepEqual(rows, expected, `${look} after ${statement}`);
        }
      }
    } finally {
      await connection.close();
      sqlite.close();
    }
  });
});

test("an UPDATE whose rows would replace rows that it has still to change ends with an error, and changes nothing", async (t) => {
  if (noPostgres) return t.skip(noPostgres);
  const server = await startPostgres();
  const connection = await Connection.open(await server.freshDatabase());
  try {
    const plan = planOf("CREATE TABLE place (n INTEGER UNIQUE ON CONFLICT REPLACE, who TEXT)");
    await createSchema(connection, plan, "0123456789abcdef");
    const { keys, indexes, rest } = schemaStatements(plan);
    for (const { sql } of [...keys, ...indexes, ...rest]) await connection.query(sql);
    await connection.queryRaw("INSERT INTO place VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    await assert.rejects(connection.queryRaw("UPDATE place SET n = n + 1"), /already modified/);
    assert.deepEqual(await connection.queryTexts("SELECT n FROM place ORDER BY n"), [["1"], ["2"], ["3"]]);
  } finally {
    await connection.close();
    await server.stop();
  }
});

test("a trigger that PostgreSQL could not run alike is undecided, with its cause", () => {
  const plan = planOf(`
    CREATE TABLE t (a INT PRIMARY KEY, b INT);
    CREATE TABLE c (t INT REFERENCES t);
    CREATE VIEW v AS SELECT a, b FROM t;
    CREATE TRIGGER part INSTEAD OF UPDATE OF a ON v BEGIN UPDATE t SET a = NEW.a WHERE a = OLD.a; END;
    CREATE TRIGGER itself BEFORE UPDATE ON t BEGIN UPDATE t SET b = 1 WHERE a = NEW.a; END;
    CREATE TABLE late (a INT NOT NULL ON CONFLICT IGNORE);
    CREATE TRIGGER early BEFORE INSERT ON late BEGIN SELECT 1; END;
    CREATE TRIGGER later AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END;
    CREATE TRIGGER own AFTER INSERT ON t BEGIN SELECT my_function(NEW.a); END;
    CREATE TRIGGER swap AFTER INSERT ON t BEGIN INSERT OR REPLACE INTO t VALUES (1, 2); END;`);
  assert.match(accountOf(plan, "trigger itself").reason, /same table/);
  assert.match(accountOf(plan, "trigger later").reason, /RAISE\(IGNORE\)/);
  assert.match(accountOf(plan, "trigger part").reason, /which columns are set/);
  assert.match(accountOf(plan, "on conflict of not null late.a").reason, /other triggers before/);
  assert.match(accountOf(plan, "trigger own").reason, /my_function/);
  assert.match(accountOf(plan, "trigger swap").reason, /foreign keys refer to/);
});

/** Both say that a NULL was refused, each in its own words. */
const alike = (message: string) => message.replace(/^.*(NOT NULL constraint|not-null constraint).*$/, "not null");

function attempt(work: () => void): string {
  try {
    work();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

async function attempted(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
