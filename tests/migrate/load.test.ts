import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
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
  async function loaded(columns: ColumnSpec[], fill: (database: DatabaseSync) => void, select: string) {
    const target = await postgres.freshDatabase();
    const plan = planOf([tablePlan("t", columns)]);
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
