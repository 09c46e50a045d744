import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { migrate } from "../../scripts/lib/migrate/migrate.ts";
import { migrateDefaults } from "../../scripts/lib/migrate/options.ts";
import { temporaryFolder } from "../support/folder.ts";
import { differencesOf, fileOf, migrateFile, planFile } from "../support/migrate.ts";
import { accountOf } from "../support/plan.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";

// Columns outside of GROUP BY, of which SQLite shows one row's value.
const tables = `
  CREATE TABLE visit (id INTEGER PRIMARY KEY, who INTEGER, at TEXT, place TEXT, paid BOOLEAN, cost REAL);
  CREATE TABLE version (item INTEGER, n INTEGER, body TEXT, made DATETIME, PRIMARY KEY (item, n));
  CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO person VALUES (1, 'Ana'), (2, 'Ben'), (3, 'Cleo');
  INSERT INTO visit VALUES (1, 1, '2024-01-03', 'c', 1, 3.5), (2, 1, '2024-01-01', 'a', 0, NULL), (3, 1, '2024-01-02', 'b', NULL, 1.5),
    (4, 2, NULL, 'x', 1, 9), (5, 2, '2024-02-02', 'y', 0, 2), (6, NULL, '2024-03-01', 'z', 1, 0), (7, 3, NULL, 'n', 0, 4);
  INSERT INTO version VALUES (1, 1, 'one', '2024-01-01 10:00:00'), (1, 3, 'three', '2024-01-03 10:00:00'), (1, 2, 'two', NULL), (2, 5, NULL, NULL),
    (2, 4, 'four', '2024-01-04 10:00:00');`;

/** Which row it is follows from the key. */
const exact = [
  "SELECT who, max(id) AS last, at, place, paid FROM visit GROUP BY who",
  "SELECT who, min(id) AS first, place || '!' AS p, cost + 1 AS c FROM visit WHERE id > 1 GROUP BY who",
  "SELECT max(id), place FROM visit",
  "SELECT max(id), place FROM visit WHERE id > 100",
  "SELECT item, max(n) AS n, body, made, count(*) AS versions FROM version GROUP BY item",
  "SELECT name, max(v.id) AS last, v.place FROM person p LEFT JOIN visit v ON v.who = p.id GROUP BY p.id",
  "SELECT p.id, min(at), max(at), count(*) AS n FROM person p JOIN visit v ON v.who = p.id AND v.place <> p.name GROUP BY p.id ORDER BY p.name",
  "SELECT upper(place) AS p FROM (SELECT who, max(id), place FROM visit GROUP BY who) WHERE place > 'd'",
];

/** Several rows may be the one; here SQLite takes that of the smallest key. */
const open = [
  "SELECT who, max(at) AS at, place, cost FROM visit WHERE at IS NOT NULL GROUP BY who",
  "SELECT place, min(cost) FROM visit",
  "SELECT who, place FROM visit GROUP BY who ORDER BY who",
  "SELECT who, count(*) AS n, place FROM visit GROUP BY who HAVING count(*) > 1 ORDER BY place",
  "SELECT * FROM visit GROUP BY paid",
  "SELECT q.who AS w, q.place || '?' AS p FROM (SELECT who, place FROM visit GROUP BY who) AS q",
  "WITH l AS (SELECT who, max(at) AS at, place FROM visit WHERE at > '' GROUP BY who) SELECT place, name FROM l JOIN person ON person.id = who",
  "SELECT who, place FROM visit GROUP BY who UNION ALL SELECT 9, 'none'",
  "SELECT who, max(cost) AS c, paid FROM visit WHERE cost > 0 GROUP BY who ORDER BY place DESC, at, who",
  "SELECT coalesce(v.who, p.id) AS k, count(*) AS n, (SELECT name FROM person WHERE id = v.who) AS name FROM visit v, person p GROUP BY coalesce(v.who, p.id) ORDER BY coalesce(v.who, p.id)",
  "SELECT w, p FROM (SELECT who AS w, place AS p FROM visit ORDER BY place) GROUP BY w",
  "SELECT p.name, l.place, max(cost) FROM person p JOIN (SELECT who, place, cost FROM visit) l ON l.who = p.id GROUP BY l.who",
];

const refused: [sql: string, reason: RegExp][] = [
  ["SELECT who, place, min(at), max(at) FROM visit GROUP BY who", /only SQLite knows/],
  ["SELECT DISTINCT place FROM visit GROUP BY who", /DISTINCT goes by/],
  ["SELECT who, place FROM visit GROUP BY who UNION SELECT 9, 'none'", /UNION goes by/],
  ["SELECT who, place FROM visit GROUP BY who ORDER BY place LIMIT 2", /LIMIT goes by/],
  ["SELECT who, place FROM visit GROUP BY who HAVING place > 'b'", /goes by/],
  ["SELECT who FROM (SELECT who, place FROM visit GROUP BY who) AS q WHERE q.place > 'b'", /goes by/],
  ["SELECT id, (SELECT place FROM visit GROUP BY who) AS p FROM person", /goes by/],
  ["SELECT who, place FROM visit GROUP BY who ORDER BY max(at)", /orders by/],
];

const viewsOf = (list: string[], letter: string) => list.map((sql, i) => `CREATE VIEW ${letter}${i} AS ${sql};`);
const skip = noPostgres;
const postgres = skip ? null : await startPostgres();
after(() => postgres?.stop());
const fresh = () => (postgres as NonNullable<typeof postgres>).freshDatabase();

describe("columns outside of GROUP BY", { skip }, () => {
  test("show the row that has the min() or max(), or one of a group, and the rows are equal on both sides", async () => {
    const file = fileOf([tables, ...viewsOf(exact, "e"), ...viewsOf(open, "o")].join("\n"));
    const planned = await planFile(file);
    const isOpen = (letter: string) =>
      planned.plan.objects
        .filter(({ kind, name }) => kind === "view" && name.startsWith(letter))
        .map(({ columns = [] }) => columns.some((column) => column.open));
    assert.deepEqual(
      isOpen("e"),
      exact.map(() => false),
    );
    assert.deepEqual(
      isOpen("o"),
      open.map(() => true),
    );
    const { verified } = await migrateFile(file, await fresh(), planned);
    assert.deepEqual(differencesOf(verified), []);
    assert.deepEqual(verified.open, []);
  });

  test("ask for a decision where SQLite shows another row, and views that read the rest of it do not", async () => {
    // SQLite comes to the rows of a group in the index's order.
    const sql = `${tables} CREATE INDEX visit_who ON visit (who, at);
      CREATE VIEW any_place AS SELECT who, count(*) AS n, place FROM visit GROUP BY who;
      CREATE VIEW other AS SELECT n FROM any_place;`;
    const target = await fresh();
    const destination = { target, name: target.database, outputs: null, runs: join(temporaryFolder(), "runs") };
    const options = { ...migrateDefaults, sqlite: fileOf(sql) };
    const { verdict, plan, verify } = await migrate(destination, options, silentReporter);
    assert.equal(verdict.text, "1 object needs a decision");
    assert.equal(verify.equal, true);
    assert.match(accountOf(plan, "view any_place").reason, /another row of a group/);
    assert.equal(accountOf(plan, "view other").outcome, "translated");
  });

  test("are undecided where more than such a column depends on the row", async () => {
    const trigger = `CREATE TABLE log (place TEXT);
      CREATE TRIGGER t AFTER INSERT ON person BEGIN INSERT INTO log SELECT place FROM visit GROUP BY who; END;`;
    const { plan } = await planFile(
      fileOf(
        [
          tables,
          trigger,
          ...viewsOf(
            refused.map(([sql]) => sql),
            "r",
          ),
        ].join("\n"),
      ),
    );
    for (const [i, [sql, reason]] of refused.entries()) {
      assert.equal(accountOf(plan, `view r${i}`).outcome, "undecided", sql);
      assert.match(accountOf(plan, `view r${i}`).reason, reason, sql);
    }
    assert.equal(accountOf(plan, "trigger t").outcome, "undecided");
  });
});
