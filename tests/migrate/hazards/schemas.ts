import type { Hazard } from "./hazard.ts";
import { numbers } from "./values.ts";

/** Hazards that stand in what tables declare. */
export const schemaHazards: Record<string, Hazard> = {
  "default-literals": `CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT DEFAULT 'it''s', b INTEGER DEFAULT -1, c REAL DEFAULT +1.5e3,
    d TEXT DEFAULT "dq", e BLOB DEFAULT x'00ff', f TEXT DEFAULT NULL, g BOOLEAN DEFAULT TRUE, h INTEGER DEFAULT 0x10,
    i TEXT DEFAULT bare); INSERT INTO t(id) VALUES (1)`,
  "default-expressions": `CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT DEFAULT current_timestamp, b TEXT DEFAULT CURRENT_DATE,
    c INTEGER DEFAULT (strftime('%s', 'now')), d TEXT DEFAULT (datetime('now')), e TEXT DEFAULT (lower(hex(randomblob(16)))),
    f INTEGER DEFAULT (1 + 2 * 3), g REAL DEFAULT (julianday('now')), h TEXT DEFAULT (datetime('now', 'localtime')))`,
  "defaults-of-another-type": `CREATE TABLE t(id INTEGER PRIMARY KEY, a BOOLEAN DEFAULT 'FALSE', b BLOB DEFAULT '', c tinyint(1) DEFAULT 0,
    d DATETIME DEFAULT '0000-01-01T00:00:00.000Z', e DATETIME DEFAULT "2000-01-01 00:00:00+00:00", f DATE DEFAULT '0000-02-29',
    g DATETIME DEFAULT '0000-01-01 00:00:00', h BOOL DEFAULT 'Yes');
    INSERT INTO t VALUES (1, 1, x'00', 'text', '2024-01-01T00:00:00', '2024-01-01 00:00:00', '2024-01-01', NULL, NULL)`,
  "primary-key-composite": `CREATE TABLE t(b TEXT, a INTEGER, c TEXT, PRIMARY KEY (a, b)); INSERT INTO t VALUES ('x', 1, 'c')`,
  "primary-key-with-nulls": `CREATE TABLE t(a TEXT PRIMARY KEY, b); INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('x', 3)`,
  "primary-key-descending": `CREATE TABLE t(id INTEGER PRIMARY KEY DESC, b); INSERT INTO t VALUES (1, 'a'), ('two', 'b')`,
  "no-primary-key-with-doubles":
    "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL)",
  "without-rowid": `CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID; ${numbers(500)} INSERT INTO t SELECT 'k' || i, i FROM n`,
  strict: `CREATE TABLE t(a INT, b INTEGER, c REAL, d TEXT, e BLOB, f ANY) STRICT;
    INSERT INTO t VALUES (1, 2, 3.5, 'd', x'05', '6'), (1, 2, 3.5, 'd', x'05', 6)`,
  autoincrement: `CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v);
    INSERT INTO t VALUES (1, 'a'), (900, 'b'); DELETE FROM t WHERE id = 900`,
  "autoincrement-at-its-end": `CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9223372036854775807)`,
  "rowid-gaps-and-negatives": `CREATE TABLE t(id INTEGER PRIMARY KEY, v);
    INSERT INTO t VALUES (-9223372036854775808, 'a'), (-5, 'b'), (0, 'c'), (4611686018427387904, 'd'), (9223372036854775807, 'e')`,
  "foreign-keys": `CREATE TABLE p(id INTEGER PRIMARY KEY, a, b, UNIQUE (a, b));
    CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE ON UPDATE SET NULL, x, y,
      FOREIGN KEY (x, y) REFERENCES p(a, b) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO p VALUES (1, 'a', 'b'); INSERT INTO c VALUES (1, 1, 'a', 'b'), (2, NULL, NULL, 'b')`,
  "foreign-key-to-itself": `CREATE TABLE t(id INTEGER PRIMARY KEY, up INTEGER REFERENCES t(id)); INSERT INTO t VALUES (1, 2), (2, 1), (3, NULL)`,
  "foreign-key-broken": `CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INTEGER REFERENCES p(id));
    INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (2), (2), (NULL)`,
  "foreign-key-to-nowhere": "CREATE TABLE c(p INTEGER REFERENCES gone(id)); INSERT INTO c VALUES (1), (NULL)",
  "foreign-key-to-no-key": `CREATE TABLE p(a, b); CREATE TABLE c(x REFERENCES p(a)); INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1)`,
  "foreign-key-of-another-type": `CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p TEXT REFERENCES p(id));
    INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES ('1'), ('2')`,
  "foreign-keys-in-a-ring": `CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES b(id)); CREATE TABLE b(id INTEGER PRIMARY KEY, a REFERENCES a(id));
    INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1)`,
  checks: `CREATE TABLE t(a INTEGER CHECK (a > 0), b TEXT CHECK (b IN ('x', 'y')), c TEXT CHECK (length(c) <= 3 AND c NOT LIKE '%z'),
    CONSTRAINT named CHECK (a < 100 OR b IS NULL)); INSERT INTO t VALUES (1, 'x', 'abc'), (NULL, NULL, NULL)`,
  "check-broken": `CREATE TABLE t(a INTEGER CHECK (a > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (1), (-1)`,
  "not-null-broken": `CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, NULL), (2, 'x');
    PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL)' WHERE name = 't'`,
  "generated-columns": `CREATE TABLE t(a INTEGER, b TEXT, s TEXT AS (b || '!') STORED, v INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL);
    INSERT INTO t(a, b) VALUES (1, 'x'), (NULL, NULL)`,
  "conflict-replace": `CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE, b, c, UNIQUE (b, c) ON CONFLICT REPLACE);
    CREATE TABLE u(k TEXT PRIMARY KEY ON CONFLICT REPLACE, v) WITHOUT ROWID;
    INSERT INTO t VALUES (1, 'x', 1, 2), (2, NULL, NULL, 2), (3, 'y', NULL, 2); INSERT INTO u VALUES ('k', 1)`,
  "conflict-ignore": `CREATE TABLE t(a TEXT UNIQUE ON CONFLICT IGNORE); INSERT INTO t VALUES ('x');
    CREATE TABLE u(a TEXT UNIQUE, b TEXT UNIQUE ON CONFLICT IGNORE); INSERT INTO u VALUES ('x', 'y')`,
  "collate-nocase": `CREATE TABLE t(name TEXT COLLATE NOCASE UNIQUE, r TEXT COLLATE RTRIM); INSERT INTO t VALUES ('Ana', 'x '), ('Ärger', 'x'), ('ärger', 'y')`,
  "collate-rtrim": `CREATE TABLE t(id INTEGER PRIMARY KEY, code TEXT COLLATE RTRIM UNIQUE, r TEXT COLLATE RTRIM DEFAULT 'x ', plain TEXT,
      CHECK (code <> 'never'), CHECK (length(code) < 9), UNIQUE (r COLLATE BINARY, id));
    CREATE TABLE c(code VARCHAR(9) REFERENCES t(code) ON DELETE CASCADE);
    INSERT INTO t VALUES (1, 'ab  ', 'x ', 'ab'), (2, 'ab c', 'x', 'x   '), (3, '', NULL, ' '), (4, NULL, 'y' || char(9) || ' ', 'x'), (5, '   é ', 'X', 'X');
    INSERT INTO c VALUES ('ab'), ('ab      '), (''), (NULL);
    CREATE INDEX i1 ON t(r); CREATE INDEX i2 ON t(plain COLLATE RTRIM, r DESC); CREATE INDEX i3 ON t(id) WHERE code > 'a';
    CREATE VIEW found AS SELECT id, r, r || '!' AS ended, length(r) AS n, hex(code) AS h, quote(r) AS q FROM t WHERE r = 'x      ';
    CREATE VIEW compared AS SELECT a.id AS a, b.id AS b, a.r < b.r AS less, a.plain = b.r AS left_binary, b.r = a.plain AS left_rtrim,
      a.plain = b.plain COLLATE RTRIM AS asked, a.r IS b.r AS same, a.r IN ('x  ', 'y') AS listed, nullif(a.r, 'X  ') AS no FROM t a, t b;
    CREATE VIEW grouped AS SELECT trim(r) AS r, count(*) AS n, count(DISTINCT code) AS codes FROM t GROUP BY t.r;
    CREATE VIEW joined AS SELECT t.id, c.code, c.code = 'ab ' AS own FROM t JOIN c ON t.code = c.code; CREATE VIEW joined_by_bytes AS SELECT t.id, c.code FROM t JOIN c ON c.code = t.code;
    CREATE VIEW sorted AS SELECT id, coalesce(r, 'none ') AS r FROM t ORDER BY r, plain COLLATE RTRIM, id LIMIT 3`,
  "unique-with-nulls": "CREATE TABLE t(a, b, UNIQUE (a, b)); INSERT INTO t VALUES (1, NULL), (1, NULL), (NULL, NULL)",
  "indexes-partial-expression-descending": `CREATE TABLE t(a INTEGER, b TEXT, c TEXT); INSERT INTO t VALUES (1, 'X', 'j');
    CREATE INDEX i1 ON t(a DESC, b); CREATE UNIQUE INDEX i2 ON t(lower(b)); CREATE INDEX i3 ON t(a) WHERE b IS NOT NULL AND a > 5;
    CREATE INDEX i4 ON t(b COLLATE NOCASE); CREATE INDEX i5 ON t(substr(c, 1, 3), a + 1)`,
  views: `CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');
    CREATE VIEW v1 AS SELECT a, upper(b) AS big FROM t WHERE a > 1; CREATE VIEW v2(x, y) AS SELECT count(*), group_concat(b, '-') FROM t;
    CREATE VIEW v3 AS SELECT * FROM v1`,
  "date-modifiers": `CREATE TABLE t(id INTEGER PRIMARY KEY, day DATE, at DATETIME, due TEXT AS (date(day, '+1 month')) STORED,
      week TEXT AS (strftime('%W', day)) VIRTUAL, CHECK (date(day, '-1 year', '+1 month') < date(day)));
    INSERT INTO t(day, at) VALUES ('2023-01-31', '2023-01-31 23:59:59'), ('2024-01-31', '2024-12-31 00:00:00'), ('2024-02-29', '2023-10-31 12:00:00'), (NULL, NULL);
    CREATE INDEX i ON t(date(at, 'start of month', '+1 month', '-1 day'));
    CREATE VIEW v AS SELECT id, date(day, '+1 month') AS next, date(day, '+1 year') AS year, datetime(at, '-8 months', 'weekday 1') AS monday,
      strftime('%W %w %j', at) AS parts, date(at, '+' || id || ' months') AS later FROM t;
    CREATE VIEW clock AS SELECT id, date('now', '+1 month') AS due, datetime('now') AS now FROM t WHERE day < date('now', '-1 month')`,
  "local-time": `CREATE TABLE t(id INTEGER PRIMARY KEY, at DATETIME DEFAULT (datetime('now', 'localtime')));
    INSERT INTO t(at) VALUES ('2024-07-01 12:00:00'); CREATE VIEW v AS SELECT datetime(at, 'localtime') AS here FROM t`,
  "json-in-views": `CREATE TABLE t(id INTEGER PRIMARY KEY, tags JSON, data JSON, CHECK (json_valid(tags)), CHECK (json_array_length(tags) < 9));
    INSERT INTO t VALUES (1, '["a","b",3]', '{"b":{"n":1.50},"a":[true,null]}'), (2, '[]', '{}'), (3, NULL, NULL);
    CREATE VIEW tag AS SELECT t.id, j.key, j.value, j.type FROM t, json_each(t.tags) AS j;
    CREATE VIEW part AS SELECT id_of.id, e.fullkey, e.atom FROM t AS id_of JOIN json_tree(id_of.data) AS e WHERE e.type <> 'object';
    CREATE VIEW tagged AS SELECT id, data ->> '$.b.n' AS n, data -> '$.a' AS a, json_extract(data, '$.a[0]') AS first FROM t
      WHERE EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = 'a');
    CREATE VIEW made AS SELECT json_group_array(id) AS ids, json_group_object(id, json(tags)) AS tags FROM t`,
  "view-over-rows-in-quarantine": `CREATE TABLE t(id INTEGER PRIMARY KEY, c TEXT); INSERT INTO t VALUES (1, 'a'), (2, x'00'), (3, 'a'), (4, x'00'), (5, 'b');
    CREATE TABLE k(a TEXT, n INTEGER, c TEXT, PRIMARY KEY (a, n)) WITHOUT ROWID;
    INSERT INTO k VALUES ('x', 1, 'c'), ('x', 2, x'ff'), (CAST(x'78ff' AS TEXT), 3, 'f'), ('y', 4, 'd'), ('z', 5, 'e');
    CREATE TABLE gone(t REFERENCES t(id) ON DELETE CASCADE, n); CREATE TRIGGER after_t AFTER DELETE ON t BEGIN DELETE FROM k; END;
    INSERT INTO gone VALUES (1, 5), (3, 6);
    CREATE VIEW v AS SELECT c, count(*) AS n FROM t GROUP BY c; CREATE VIEW w AS SELECT n + 1 AS m FROM k;
    CREATE VIEW x AS SELECT sum(m) AS s FROM w; CREATE VIEW y AS SELECT count(*) AS n FROM gone`,
  "view-broken": "CREATE TABLE t(a); CREATE VIEW v AS SELECT missing FROM nowhere; INSERT INTO t VALUES (1)",
  triggers: `CREATE TABLE t(a INTEGER, b TEXT); CREATE TABLE log(what TEXT, a INTEGER); CREATE VIEW v AS SELECT a FROM t;
    CREATE TRIGGER r1 AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('insert', new.a); END;
    CREATE TRIGGER r2 BEFORE UPDATE OF b ON t WHEN old.b <> new.b BEGIN SELECT raise(ABORT, 'no') WHERE new.b = 'bad'; END;
    CREATE TRIGGER r3 AFTER DELETE ON t FOR EACH ROW BEGIN DELETE FROM log WHERE a = old.a; END;
    CREATE TRIGGER r4 INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a) VALUES (new.a); END;
    INSERT INTO t VALUES (1, 'x')`,
  "numbers-compared-with-texts": `CREATE TABLE n(id INTEGER PRIMARY KEY, x REAL); CREATE TABLE t(id TEXT, r TEXT);
    INSERT INTO n VALUES (1, 1.5), (2, 2), (3, NULL), (10, -3e2);
    INSERT INTO t VALUES ('1', '1.5'), (' 2 ', '2'), ('03', '-300'), ('x', ''), (NULL, 'abc'), ('1e1', ' .5e1'), ('2.0', '15e-1'), ('1x', '+2.');
    CREATE VIEW eq AS SELECT n.id AS a, t.id AS b FROM n JOIN t ON n.id = t.id; CREATE VIEW lt AS SELECT n.id AS a, t.id AS b FROM n JOIN t ON n.id < t.id;
    CREATE VIEW ge AS SELECT n.id AS a, t.id AS b FROM n JOIN t ON t.id <= n.id; CREATE VIEW ne AS SELECT n.id AS a, t.id AS b FROM n, t WHERE t.id <> n.id;
    CREATE VIEW rq AS SELECT n.x AS a, t.r AS b FROM n JOIN t ON n.x = t.r; CREATE VIEW rl AS SELECT n.id AS a, t.r AS b FROM n JOIN t ON n.x > t.r;
    CREATE VIEW lj AS SELECT n.id AS a, t.id AS b, t.id = n.id AS same FROM n LEFT JOIN t ON t.id = n.id`,
  "blobs-put-together": `CREATE TABLE t(a BLOB, b BLOB); INSERT INTO t VALUES (x'00ff80', x'c3'), (x'', x'01'), (NULL, x'02');
    CREATE VIEW v AS SELECT CAST(x'47' || substr(a, 2) || (b || substr(a, 1, 2)) AS BLOB) AS c, substr(a, 5) AS d FROM t`,
  "moments-written-otherwise": `CREATE TABLE o(id INTEGER PRIMARY KEY, shipped DATETIME, day DATE, js DATETIME);
    INSERT INTO o VALUES (1, '1997-01-01 00:00:00.000', '1997-01-01', '1997-01-01T00:00:00.000Z'), (2, '1997-12-31 00:00:00.000', '1997-12-31', '1997-12-31T00:00:00.000Z'),
      (3, '1997-06-01 12:30:00.500', '1997-06-01', '1998-01-01T00:00:00.001Z'), (4, NULL, NULL, NULL);
    CREATE VIEW year AS SELECT id FROM o WHERE shipped BETWEEN datetime('1997-01-01') AND datetime('1997-12-31');
    CREATE VIEW days AS SELECT id FROM o WHERE day >= datetime('1997-01-01') AND day <= datetime('1997-12-31');
    CREATE VIEW both AS SELECT a.id AS a, b.id AS b, a.shipped < b.js AS less, a.day = b.js AS same, a.day <= b.shipped AS until FROM o a, o b;
    CREATE VIEW texts AS SELECT id, substr(js, 1, 10) AS day, js || '!' AS js, date(js, '+1 day') AS next, strftime('%f', shipped) AS s, 'at ' || shipped AS at FROM o`,
  "floats-through-views": `CREATE TABLE d(id INTEGER, price NUMERIC, n INTEGER, off REAL); ${numbers(300)}
    INSERT INTO d SELECT i % 7, i * 0.37, i % 5, (i % 3) * 0.05 FROM n; CREATE VIEW sums AS SELECT id, sum((price * n * (1 - off) / 100) * 100) AS total FROM d GROUP BY id;
    CREATE VIEW over_sums AS SELECT s.id, s.total FROM sums s JOIN d ON d.id = s.id; CREATE VIEW doubled AS SELECT id, total * 2 AS twice FROM over_sums`,
  "columns-outside-of-group-by": `CREATE TABLE place(id INTEGER PRIMARY KEY, name TEXT, cold BOOLEAN); CREATE TABLE stock(id INTEGER PRIMARY KEY, place INTEGER, what TEXT, n INTEGER);
    INSERT INTO place VALUES (1, 'shelf', 0), (2, 'fridge', 1), (3, 'none', 0); INSERT INTO stock VALUES (1, 1, 'a', 2), (2, 1, 'a', 3), (3, 2, 'b', 4), (4, NULL, 'c', 5), (5, 9, 'c', 6);
    CREATE VIEW inner_join AS SELECT p.id, p.name, p.cold, sum(s.n) AS n FROM stock s JOIN place p ON p.id = s.place GROUP BY s.place;
    CREATE VIEW left_join AS SELECT s.place, p.name || '!' AS name, count(*) AS n FROM stock s LEFT JOIN place p ON s.place = p.id GROUP BY s.place, s.what HAVING p.cold IS NOT 1;
    CREATE VIEW by_where AS SELECT p.name, max(s.n) AS n FROM stock s, place p WHERE (s.place = p.id AND s.n > 2) GROUP BY s.place`,
  "union-ordered-by-an-expression": `CREATE TABLE t(id INTEGER, v TEXT); CREATE TABLE u(k INTEGER, w TEXT); INSERT INTO t VALUES (2, 'b'), (1, 'a'); INSERT INTO u VALUES (3, 'c');
    CREATE VIEW v AS SELECT t.id, upper(t.v) AS big FROM t UNION ALL SELECT u.k, u.w FROM u ORDER BY t.id;
    CREATE VIEW w AS SELECT id AS x, v FROM t UNION SELECT k, lower(w) FROM u ORDER BY lower(w) DESC`,
  "triggers-that-name-the-rowid": `CREATE TABLE t(a INT NOT NULL, b TEXT NOT NULL, changed TEXT, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 'x', NULL);
    CREATE TRIGGER stamp AFTER UPDATE OF b ON t BEGIN UPDATE t SET changed = 'yes' WHERE rowid = new.rowid; END;
    CREATE VIEW twice AS SELECT x.a, y.b FROM t x JOIN t y ON x.rowid = y.rowid`,
  "geometries-of-an-empty-geopackage": `CREATE TABLE gpkg_geometry_columns(table_name TEXT PRIMARY KEY, column_name TEXT);
    CREATE TABLE f(fid INTEGER PRIMARY KEY, geom POINT, area MULTIPOLYGON Z); CREATE VIRTUAL TABLE rtree_f_geom USING rtree(id, minx, maxx, miny, maxy);
    CREATE TRIGGER rtree_f_geom_insert AFTER INSERT ON f WHEN (new.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN
      INSERT OR REPLACE INTO rtree_f_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
    CREATE TRIGGER rtree_f_geom_update4 AFTER UPDATE ON f WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN
      DELETE FROM rtree_f_geom WHERE id IN (OLD.fid, NEW.fid); END`,
  "fts4-docid": `CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE words USING fts4(body);
    CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO words(docid, body) VALUES (new.id, new.body); END;
    CREATE TRIGGER d BEFORE DELETE ON t BEGIN DELETE FROM words WHERE docid = old.id; END; INSERT INTO t VALUES (5, 'x')`,
  "triggers-that-replace": `CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE last(v TEXT PRIMARY KEY, id INTEGER UNIQUE, n INTEGER DEFAULT 1);
    CREATE TRIGGER r1 AFTER INSERT ON t BEGIN INSERT OR REPLACE INTO last(v, id) VALUES (new.v, new.id); SELECT changes_nothing FROM (SELECT 1 AS changes_nothing); END;
    CREATE TRIGGER r2 AFTER UPDATE ON t BEGIN UPDATE last SET n = n + t.id FROM t WHERE t.v = last.v AND t.id = new.id; END;
    INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b'); UPDATE t SET v = v`,
  "fts5-table": `CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO t VALUES (1, 'hello world');
    CREATE VIRTUAL TABLE words USING fts5(title, body); INSERT INTO words VALUES ('one', 'hello world'), ('two', 'grüße')`,
  "fts5-without-content": `CREATE VIRTUAL TABLE words USING fts5(body, content='');
    INSERT INTO words(rowid, body) VALUES (1, 'hello')`,
  "virtual-tables-of-all-kinds": `CREATE TABLE doc(id INTEGER PRIMARY KEY, title TEXT, body TEXT); INSERT INTO doc VALUES (1, 'a', 'hello world'), (2, 'b', 'grüße');
    CREATE VIRTUAL TABLE over_doc USING fts5(title, body, content='doc', content_rowid='id'); INSERT INTO over_doc(over_doc) VALUES ('rebuild');
    CREATE TRIGGER fed AFTER INSERT ON doc BEGIN INSERT INTO over_doc(rowid, title, body) VALUES (new.id, new.title, new.body); END;
    CREATE TRIGGER taken AFTER DELETE ON doc BEGIN INSERT INTO over_doc(over_doc, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END;
    CREATE VIRTUAL TABLE over_doc4 USING fts4(content="doc", title, body); CREATE VIRTUAL TABLE bare4 USING fts4(content="", body);
    CREATE VIRTUAL TABLE own4 USING fts4(title, body); INSERT INTO own4(docid, title, body) VALUES (7, 't', 'b');
    CREATE VIRTUAL TABLE own3 USING fts3(body); INSERT INTO own3(body) VALUES ('three'); CREATE VIRTUAL TABLE terms USING fts5vocab(over_doc, row);
    CREATE VIRTUAL TABLE whole USING rtree_i32(id, x0, x1, y0, y1); INSERT INTO whole VALUES (1, -5, 5, 2147483647, 2147483647);
    CREATE VIRTUAL TABLE more USING rtree(id, a, b, +name TEXT, +obj BLOB); INSERT INTO more VALUES (1, 0.5, 1.5, 'x', x'00');
    CREATE VIEW sizes AS SELECT id, x1 - x0 AS w FROM whole; CREATE VIEW titles AS SELECT rowid AS r, title FROM own4 WHERE title = 't'`,
  "rtree-table": `CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1); INSERT INTO box VALUES (1, 0, 10, 0, 10), (2, -5.5, 5.5, -1, 1)`,
  "statistics-of-analyze": `CREATE TABLE t(a, b); CREATE INDEX i ON t(a); ${numbers(100)} INSERT INTO t SELECT i % 10, i FROM n; ANALYZE`,
  "empty-table": "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL)",
  "no-tables": "PRAGMA user_version = 7",
  "dropped-columns": `CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c); INSERT INTO t VALUES (1, 'a', 'b', 'c'); ALTER TABLE t DROP COLUMN b`,
  "added-column-with-default": `CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'a'), (2, 'b');
    ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT 'later'; INSERT INTO t VALUES (3, 'c', 'now')`,
  "renamed-table-and-column": `CREATE TABLE old(a INTEGER PRIMARY KEY, b REFERENCES old(a)); INSERT INTO old VALUES (1, 1);
    ALTER TABLE old RENAME TO new; ALTER TABLE new RENAME COLUMN b TO parent`,
  "columns-2000": `CREATE TABLE t(${Array.from({ length: 2000 }, (_, i) => `c${i} INTEGER`).join(", ")});
    INSERT INTO t(c0, c1999) VALUES (1, 2), (3, 4)`,
  "columns-1600": `CREATE TABLE t(${Array.from({ length: 1600 }, (_, i) => `c${i} INTEGER`).join(", ")}); INSERT INTO t(c0) VALUES (1)`,
  "unknown-types": `CREATE TABLE t(a STRING, b "my type", c FLOATING POINT, d VARCHAR(255), e CHARINT, f TIMESTAMP WITH TIME ZONE, g MONEY);
    INSERT INTO t VALUES ('007', 'x', 1.5, 'v', 5, '2024-01-01', 9.99)`,
  "many-small-tables": Array.from(
    { length: 300 },
    (_, i) => `CREATE TABLE t${i}(a); INSERT INTO t${i} VALUES (${i})`,
  ).join(";"),
};
