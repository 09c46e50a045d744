import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { load } from "../../scripts/lib/migrate/load/load.ts";
import type { QuarantinedRow } from "../../scripts/lib/migrate/model/results.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { type ColumnSpec, inputOf, makeTables, planOf, sourceFile, tablePlan } from "./load/fixture.ts";

let postgres: TestPostgres;

describe("load", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  /** Loads one table `t` and gives what psql prints of it, and the rows in quarantine. */
  async function loaded(columns: ColumnSpec[], fill: (database: DatabaseSync) => void, select: string, setUp = "") {
    const target = await postgres.freshDatabase();
    const plan = planOf([tablePlan("t", columns)]);
    if (setUp !== "") await withConnection(target, (connection) => connection.query(setUp));
    await makeTables(target, plan);
    const input = inputOf(sourceFile("t", fill), plan, target);
    const result = await load(input, silentReporter);
    const file = join(input.folder, "quarantine.jsonl");
    const quarantine = existsSync(file)
      ? readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as QuarantinedRow)
      : [];
    return { table: result.tables[0], rows: psql(target, select), quarantine };
  }

  test("integers arrive exactly up to both ends of each type, and are set aside beyond", async () => {
    const edges = ["-9223372036854775808", "-1", "0", "1", "2147483648", "9007199254740993", "9223372036854775807"];
    const { rows, table, quarantine } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["big", "bigint", "integer"],
        ["small", "smallint", "integer"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, big, small)");
        for (const edge of edges) database.exec(`INSERT INTO t (big, small) VALUES (${edge}, 7)`);
        database.exec(
          "INSERT INTO t (big, small) VALUES (1, 32767), (2, 32768), (3, -32768), (4, -32769), (NULL, NULL), ('x', 1)",
        );
      },
      "SELECT big, small FROM t ORDER BY id",
    );
    assert.deepEqual(rows, [...edges.map((edge) => `${edge}|7`), "1|32767", "3|-32768", "|"]);
    assert.deepEqual({ ...table }, { source: "t", target: "t", rows: 13, loaded: 10, quarantined: 3 });
    assert.deepEqual(
      quarantine.map(({ key, column, row }) => [key.id?.value, column, row.big?.class, row.big?.value]),
      [
        ["9", "small", "integer", "2"],
        ["11", "small", "integer", "4"],
        ["13", "big", "text", "x"],
      ],
    );
  });

  test("decimals keep every digit and take none that the type would round", async () => {
    const { rows, quarantine } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["a", "numeric(12,2)", "decimal"],
        ["b", "numeric", "decimal"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)");
        const insert = database.prepare("INSERT INTO t (a, b) VALUES (?, ?)");
        const values: (number | string | bigint)[] = [
          ...[0.1, 2.67, -19.99, 1e-7, 123456789.25, 1e20, 0.30000000000000004, 5e-324, 1.7976931348623157e308, -0.5],
          ...[
            2n,
            10000n,
            9007199254740993n,
            -1n,
            0n,
            "12.50",
            "-0.001",
            "1e3",
            "00012",
            ".5",
            "99999999999999999999.123456789",
          ],
        ];
        for (const value of values) insert.run(null, value);
        for (const value of [0.1, 2.67, -19.99, 9999999999.99, 100n, "7.5", 0.0]) insert.run(value, null);
        for (const value of [2.675, 10000000000.0, 10000000000n, "1.234", "abc", ""]) insert.run(value, null);
        database.exec("INSERT INTO t (b) VALUES (9e999), (-9e999)");
        database.exec("INSERT INTO t (a) VALUES (9e999)");
      },
      "SELECT a, b FROM t ORDER BY id",
    );
    assert.deepEqual(rows, [
      ...["|0.1", "|2.67", "|-19.99", "|0.0000001", "|123456789.25", "|100000000000000000000", "|0.30000000000000004"],
      `|0.${"0".repeat(323)}5`,
      `|17976931348623157${"0".repeat(292)}`,
      ...["|-0.5", "|2", "|10000", "|9007199254740993", "|-1", "|0", "|12.50", "|-0.001", "|1000", "|12", "|0.5"],
      "|99999999999999999999.123456789",
      ...["0.10|", "2.67|", "-19.99|", "9999999999.99|", "100.00|", "7.50|", "0.00|", "|Infinity", "|-Infinity"],
    ]);
    assert.deepEqual(
      quarantine.map(({ row }) => row.a?.value),
      ["2.675", "10000000000", "10000000000", "1.234", "abc", "", "Infinity"],
    );
  });

  test("floats arrive bit for bit", async () => {
    const values = [
      0.1,
      -0,
      5e-324,
      1.7976931348623157e308,
      16777217,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const { rows, quarantine } = await loaded(
      [["v", "double precision", "real"]],
      (database) => {
        database.exec("CREATE TABLE t (v BLOB)");
        const insert = database.prepare("INSERT INTO t VALUES (?)");
        for (const value of values) insert.run(value);
        insert.run(9007199254740993n);
        insert.run(9007199254740992n);
      },
      "SELECT encode(float8send(v), 'hex') FROM t ORDER BY ctid",
    );
    const bits = (value: number) => {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleBE(value);
      return buffer.toString("hex");
    };
    assert.deepEqual(rows, [...values, 2 ** 53].map(bits));
    assert.deepEqual(
      quarantine.map(({ key, row }) => [key.rowid?.value, row.v?.value]),
      [["8", "9007199254740993"]],
    );
  });

  test("texts arrive byte for byte; NUL bytes and bytes that are not UTF-8 are set aside whole", async () => {
    const texts = [
      "",
      "ascii",
      "é",
      "日本語",
      "😀",
      "\ufffd",
      "a\tb\\n\r\n",
      "x".repeat(200_000),
      `${"é".repeat(70_000)}!`,
      "\ufeffbom",
    ];
    const { rows, quarantine } = await loaded(
      [["v", "text", "text"]],
      (database) => {
        database.exec("CREATE TABLE t (v)");
        const insert = database.prepare("INSERT INTO t VALUES (?)");
        for (const text of texts) insert.run(text);
        database.exec(
          "INSERT INTO t VALUES (CAST(x'61FF62' AS TEXT)), (CAST(x'610062' AS TEXT)), (CAST(x'EDA080' AS TEXT)), (x'61'), (CAST(x'00FF' AS TEXT))",
        );
      },
      "SELECT md5(v), octet_length(v) FROM t ORDER BY ctid",
    );
    const { createHash } = await import("node:crypto");
    assert.deepEqual(
      rows,
      texts.map((text) => `${createHash("md5").update(text).digest("hex")}|${Buffer.byteLength(text)}`),
    );
    assert.deepEqual(
      quarantine.map(({ row }) => [row.v?.class, row.v?.hex]),
      [
        ["text", "61ff62"],
        ["text", "610062"],
        ["text", "eda080"],
        ["blob", "61"],
        ["text", "00ff"],
      ],
    );
  });

  test("moments arrive to the microsecond, from every dialect, and nothing is rounded or moved", async () => {
    const { rows, quarantine } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["at", "timestamptz", { as: "instant", integer: "millis", real: "seconds" }],
        ["wall", "timestamp(3)", { as: "local", integer: "seconds", real: "julian", zero: "null" }],
        ["day", "date", "date"],
        ["clock", "time", "time"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, at, wall, day, clock)");
        const at = [
          ...["'2024-02-29 23:59:59.999999'", "'0001-01-01'", "'9999-12-31T23:59:59.1Z'", "'2024-01-01 00:30+05:30'"],
          ...["'2024-01-01T00:00:00-0800'", "1700000000123", "-1", "-62135596800001", "1700000000.123456", "0.5"],
        ];
        for (const value of at) database.exec(`INSERT INTO t (at) VALUES (${value})`);
        const wall = [
          "'1969-12-31 23:59:59.999'",
          "1700000000",
          "2460000.5",
          "'0000-00-00 00:00:00'",
          "'2024-01-01 00:00'",
        ];
        for (const value of wall) database.exec(`INSERT INTO t (wall) VALUES (${value})`);
        for (const value of ["'1582-10-10'", "'2000-02-29'", "'0001-01-01'"])
          database.exec(`INSERT INTO t (day) VALUES (${value})`);
        for (const value of ["'23:59'", "'00:00:00.000001'"]) database.exec(`INSERT INTO t (clock) VALUES (${value})`);
        database.exec(`
          INSERT INTO t (at) VALUES ('2023-02-29'), ('2024-01-01 24:00:00'), ('2024-01-01 23:59:60'), ('2024-01-01 00:00:00.0000001'),
            ('yesterday'), ('2024-1-1'), ('0000-00-00'), (1700000000.1234567), (9223372036854775807);
          INSERT INTO t (wall) VALUES ('2024-01-01 00:00:00.0001'), ('2024-01-01 00:00:00Z'), (2460000.123456789);
          INSERT INTO t (day) VALUES ('2024-01-01 00:00:00'), ('1900-02-29'), (5);
          INSERT INTO t (clock) VALUES ('24:00'), ('7:00'), ('12:60');`);
      },
      "SELECT at, wall, day, clock FROM t ORDER BY id",
    );
    assert.deepEqual(rows, [
      ...["2024-02-29 23:59:59.999999+00", "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.1+00"].map(
        (text) => `${text}|||`,
      ),
      ...["2023-12-31 19:00:00+00|||", "2024-01-01 08:00:00+00|||", "2023-11-14 22:13:20.123+00|||"],
      ...["1969-12-31 23:59:59.999+00|||", "0001-12-31 23:59:59.999+00 BC|||", "2023-11-14 22:13:20.123456+00|||"],
      ...[
        "1970-01-01 00:00:00.5+00|||",
        "|1969-12-31 23:59:59.999||",
        "|2023-11-14 22:13:20||",
        "|2023-02-25 00:00:00||",
      ],
      ...[
        "|||",
        "|2024-01-01 00:00:00||",
        "||1582-10-10|",
        "||2000-02-29|",
        "||0001-01-01|",
        "|||23:59:00",
        "|||00:00:00.000001",
      ],
    ]);
    assert.equal(quarantine.length, 18);
  });

  test("booleans, uuids, bytes and JSON arrive as they are; what the server refuses is found row by row", async () => {
    const many = 700;
    const { rows, quarantine, table } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["yes", "boolean", { as: "boolean", true: ["t", "Yes"], false: ["f"] }],
        ["u", "uuid", "uuid"],
        ["b", "bytea", { as: "bytes", texts: true }],
        ["j", "jsonb", "json"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, yes, u, b, j)");
        database.exec(`INSERT INTO t (yes, u, b, j) VALUES
          (1, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', x'00ff', '{"a": 1, "a": 2}'), ('Yes', x'000102030405060708090a0b0c0d0e0f', 'é', '[]'),
          (0, 'a0eebc999c0b4ef8bb6d6bb9bd380a11', x'', ' 1e3 '), ('f', NULL, CAST(x'ff' AS TEXT), 'null'),
          (2, NULL, NULL, NULL), ('yes', NULL, NULL, NULL), (NULL, 'a0eebc99-9c0b-4ef8-bb6d6bb9bd380a11', NULL, NULL)`);
        for (let i = 0; i < many; i++) {
          const bad = ['{"a": "\\u0000"}', '"\\ud800"', "{a: 1}", '"\ufffd', "1e999999", "[".repeat(100_000)];
          database
            .prepare("INSERT INTO t (j) VALUES (?)")
            .run(i % 100 === 37 ? (bad[(i - 37) / 100] ?? '"x') : `{"n": ${i}}`);
        }
      },
      "SELECT yes, u, b, j FROM t WHERE j IS NULL OR NOT j ? 'n' ORDER BY id",
    );
    assert.deepEqual(rows, [
      't|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|\\x00ff|{"a": 2}',
      "t|00010203-0405-0607-0809-0a0b0c0d0e0f|\\xc3a9|[]",
      "f|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|\\x|1000",
      "f||\\xff|null",
    ]);
    assert.deepEqual(
      quarantine.map(({ key }) => key.id?.value),
      [5, 6, 7, ...[0, 1, 2, 3, 4, 5, 6].map((i) => 45 + i * 100)].map(String),
    );
    assert.deepEqual({ rows: table?.rows, quarantined: table?.quarantined }, { rows: many + 7, quarantined: 10 });
    for (const { reason, column } of quarantine.slice(3)) {
      assert.match(reason, /^PostgreSQL refused it: /);
      assert.ok(column === "j" || /stack depth/.test(reason), `${column}: ${reason}`);
    }
  });

  test("types that COPY's binary form does not know go through its text form, all other columns with them", async () => {
    const { rows, quarantine } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["mood", "mood", "text"],
        ["address", "inet", "text"],
        ["n", "numeric(6,2)", "decimal"],
        ["f", "double precision", "real"],
        ["b", "bytea", "bytes"],
        ["yes", "boolean", "boolean"],
        ["at", "timestamptz", { as: "instant", integer: "millis" }],
        ["day", "date", "date"],
        ["clock", "time", "time"],
        ["j", "jsonb", "json"],
        ["u", "uuid", "uuid"],
        ["s", "text", "text"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, mood, address, n, f, b, yes, at, day, clock, j, u, s)");
        const insert = database.prepare(`INSERT INTO t VALUES (${"?, ".repeat(12)}?)`);
        const uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        const rest = [
          1.5,
          0.1,
          new Uint8Array([0, 92]),
          1n,
          -62135596800001n,
          "1900-03-01",
          "23:59:59.000001",
          '{"a": "\\n"}',
          uuid,
        ];
        insert.run(1n, "so so", "10.0.0.1", ...rest, "tab\tback\\slash\nline \\N");
        insert.run(2n, "good", "fe80::1", ...rest.map(() => null), "\\N");
        insert.run(3n, "worse", "10.0.0.1", ...rest, "");
        insert.run(4n, "good", "10.0.0", ...rest, "");
        insert.run(5n, "good", null, ...rest, "\0");
        insert.run(6n, "good", null, 1.234, ...rest.slice(1), "");
      },
      "SELECT id, mood, address, n, f, b, yes, at, day, clock, j, u, replace(s, E'\\n', '¶') FROM t ORDER BY id",
      "CREATE TYPE mood AS ENUM ('good', 'so so')",
    );
    assert.deepEqual(rows, [
      '1|so so|10.0.0.1|1.50|0.1|\\x005c|t|0001-12-31 23:59:59.999+00 BC|1900-03-01|23:59:59.000001|{"a": "\\n"}|' +
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|tab\tback\\slash¶line \\N",
      "2|good|fe80::1||||||||||\\N",
    ]);
    assert.deepEqual(
      quarantine.map(({ key, column }) => [key.id?.value, column]),
      [
        ["3", "mood"],
        ["4", "address"],
        ["5", "s"],
        ["6", "n"],
      ],
    );
  });

  test("a UTF-16 file's texts are read truly, and lone surrogates in it are set aside", async () => {
    const { rows, quarantine } = await loaded(
      [["v", "text", "text"]],
      (database) => {
        database.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (v)");
        database.exec(
          "INSERT INTO t VALUES ('a'), ('é😀\ufffd'), (CAST(x'3dd8' AS TEXT)), (CAST(x'3dd86100' AS TEXT)), (CAST(x'610000d8' AS TEXT))",
        );
      },
      "SELECT v FROM t ORDER BY ctid",
    );
    assert.deepEqual(rows, ["a", "é😀\ufffd"]);
    assert.deepEqual(
      quarantine.map(({ row }) => row.v?.hex),
      ["3dd8", "3dd86100", "610000d8"],
    );
  });

  test("tables without rowids, with their names hidden, with generated columns, and virtual ones are read whole", async () => {
    const target = await postgres.freshDatabase();
    const words: ColumnSpec[] = [
      ["k", "text", "text"],
      ["v", "text", "text"],
    ];
    const plan = planOf([
      tablePlan("no rowid", words),
      tablePlan("hidden", [
        ["rowid", "text", "text"],
        ["_rowid_", "text", "text"],
        ["oid", "text", "text"],
      ]),
      tablePlan("sums", [["a", "bigint", "integer"]]),
      tablePlan("notes", [
        ["rowid", "bigint", "integer"],
        ["body", "text", "text"],
      ]),
    ]);
    await makeTables(target, plan);
    const file = sourceFile("odd", (database) => {
      database.exec(`
        CREATE TABLE "no rowid" (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        CREATE INDEX covering ON "no rowid" (v, k);
        CREATE TABLE hidden (rowid, _rowid_, oid);
        CREATE TABLE sums (a INTEGER, twice AS (a * 2), thrice AS (a * 3) STORED);
        CREATE VIRTUAL TABLE notes USING fts5 (body);
        INSERT INTO hidden VALUES ('x', 'y', 'z'), ('x', CAST(x'ff' AS TEXT), 'z'), ('1', '2', '3');
        INSERT INTO sums VALUES (1), (2);
        INSERT INTO notes (rowid, body) VALUES (7, 'seven'), (9, 'nine');`);
      const insert = database.prepare('INSERT INTO "no rowid" VALUES (?, ?)');
      for (let i = 0; i < 1000; i++) insert.run(`k${String(i).padStart(4, "0")}`, i % 3 ? `v${1000 - i}` : "\ufffd");
      database.exec("UPDATE \"no rowid\" SET v = CAST(x'c3' AS TEXT) WHERE k IN ('k0500', 'k0999')");
    });
    const input = inputOf(file, plan, target);
    const { tables } = await load(input, silentReporter);
    assert.deepEqual(
      tables.map(({ loaded, quarantined }) => [loaded, quarantined]),
      [
        [998, 2],
        [2, 1],
        [2, 0],
        [2, 0],
      ],
    );
    assert.deepEqual(psql(target, "SELECT count(*), min(k), max(v) FROM \"no rowid\" WHERE v <> U&'\\fffd'"), [
      "665|k0001|v999",
    ]);
    assert.deepEqual(psql(target, "SELECT * FROM hidden"), ["x|y|z", "1|2|3"]);
    assert.deepEqual(psql(target, "SELECT rowid, body FROM notes"), ["7|seven", "9|nine"]);
    assert.deepEqual(
      psql(
        target,
        "SELECT key->'k'->>'value' FROM landfall.quarantine WHERE source_table = 'no rowid' ORDER BY number",
      ),
      ["k0500", "k0999"],
    );
    assert.deepEqual(
      psql(target, "SELECT source_table, rows, loaded, quarantined FROM landfall.load_manifest ORDER BY 1"),
      [...["hidden|3|2|1", "no rowid|1000|998|2", "notes|2|2|0", "sums|2|2|0"]],
    );
  });

  test("a row of 100 MB arrives, and one that does not fit is kept in a file of the run's folder", async () => {
    const target = await postgres.freshDatabase();
    const plan = planOf([
      tablePlan("t", [
        ["v", "text", "text"],
        ["b", "bytea", "bytes"],
      ]),
    ]);
    await makeTables(target, plan);
    const file = sourceFile("large", (database) => {
      database.exec("CREATE TABLE t (v, b)");
      const insert = database.prepare("INSERT INTO t VALUES (?, ?)");
      insert.run("é".repeat(30_000_000), new Uint8Array(40_000_000).fill(7));
      insert.run("small", null);
      insert.run(new Uint8Array(70_000_000).fill(9), null);
    });
    const input = inputOf(file, plan, target);
    const { tables } = await load(input, silentReporter);
    assert.deepEqual({ ...tables[0] }, { source: "t", target: "t", rows: 3, loaded: 2, quarantined: 1 });
    assert.deepEqual(
      psql(
        target,
        "SELECT octet_length(v), length(replace(v, 'é', '')), octet_length(b), b = decode(repeat('07', 40000000), 'hex') FROM t ORDER BY ctid",
      ),
      ["60000000|0|40000000|t", "5|5||"],
    );
    const row = JSON.parse(readFileSync(join(input.folder, "quarantine.jsonl"), "utf8")) as QuarantinedRow;
    const kept = readFileSync(join(input.folder, row.row.v?.file ?? ""));
    assert.deepEqual([row.row.v?.class, kept.length, kept.every((byte) => byte === 9)], ["blob", 70_000_000, true]);
  });

  test("rows that are not plain are taken one by one among plain ones, and all that follow where they are many", async () => {
    const { rows, table, quarantine } = await loaded(
      [
        ["id", "bigint", "integer"],
        ["paid", "boolean", { as: "boolean", true: ["yes"], false: ["no"] }],
        ["note", "text", "text"],
      ],
      (database) => {
        database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, paid, note)");
        const insert = database.prepare("INSERT INTO t VALUES (?, ?, ?)");
        database.exec("BEGIN");
        for (let i = 1; i <= 6000; i++) {
          const word = i % 2 ? "yes" : "no";
          const paid = i === 5000 || i === 70 ? "perhaps" : i > 3000 || i % 60 === 0 ? word : BigInt(i % 2);
          // Longer than a frame of the COPY.
          insert.run(i, paid, i % 1000 === 1 ? "ü".repeat(50_000) : `note ${i}`);
        }
        database.exec("COMMIT");
      },
      "SELECT count(*), sum(id), count(*) FILTER (WHERE paid), sum(length(note)) FROM t WHERE paid = (id % 2 = 1)",
    );
    const whole = Array.from({ length: 6000 }, (_, i) => i + 1).filter((i) => i !== 70 && i !== 5000);
    const length = whole.reduce((sum, i) => sum + (i % 1000 === 1 ? 50_000 : `note ${i}`.length), 0);
    assert.deepEqual(rows, [`5998|${6000 * 3000.5 - 5070}|3000|${length}`]);
    assert.deepEqual({ ...table }, { source: "t", target: "t", rows: 6000, loaded: 5998, quarantined: 2 });
    assert.deepEqual(
      quarantine.map(({ key }) => key.id?.value),
      ["70", "5000"],
    );
  });

  test("--strict ends at the first misfit and leaves nothing of its chunk", async () => {
    const target = await postgres.freshDatabase();
    const plan = planOf([tablePlan("t", [["v", "bigint", "integer"]])]);
    await makeTables(target, plan);
    const file = sourceFile("strict", (database) =>
      database.exec("CREATE TABLE t (v); INSERT INTO t VALUES (1), ('x')"),
    );
    await assert.rejects(load({ ...inputOf(file, plan, target), strict: true }, silentReporter), {
      code: "quarantined",
      message: "t.v of the row rowid = 2 does not fit the target: this text does not fit bigint",
    });
    assert.deepEqual(psql(target, "SELECT count(*) FROM t"), ["0"]);
  });

  test("a target that has rows, another run's half and a second run at once are refused", async () => {
    const target = await postgres.freshDatabase();
    const plan = planOf([tablePlan("t", [["v", "bigint", "integer"]])]);
    await makeTables(target, plan);
    const file = sourceFile("refused", (database) => database.exec("CREATE TABLE t (v); INSERT INTO t VALUES (1)"));
    const input = inputOf(file, plan, target);
    await withConnection(target, async (connection) => {
      await connection.query("INSERT INTO t VALUES (42)");
      await assert.rejects(load(input, silentReporter), { code: "target", message: /already has rows in t$/ });
      await load({ ...input, allowFilled: ["t"] }, silentReporter);
      assert.deepEqual(psql(target, "SELECT v FROM t ORDER BY v"), ["1", "42"]);
      await assert.rejects(load({ ...input, runId: "another" }, silentReporter), {
        code: "target",
        message: /unfinished migration of .*refused\.sqlite/,
      });
      await connection.query("SELECT pg_advisory_lock(hashtextextended('landfall migration', 0))");
      await assert.rejects(load(input, silentReporter), { code: "busy", message: /another migration .* is at work/ });
    });
  });
});

/** What psql prints: an eye of its own on the values. */
function psql(target: Target, sql: string): string[] {
  const args = ["-h", target.host, "-p", String(target.port), "-U", "postgres", "-d", target.database];
  const text = execFileSync("psql", [...args, "-XAtc", `SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; ${sql}`], {
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  return text
    .split("\n")
    .filter((line) => line !== "SET")
    .slice(0, -1);
}
