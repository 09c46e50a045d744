import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Connection } from "../../../scripts/lib/db/postgres/connection.ts";
import type { Conversion } from "../../../scripts/lib/migrate/model/plan.ts";
import { canonicalizer, canonicalSql } from "../../../scripts/lib/migrate/verify/canonical/forms.ts";
import { Jsonb } from "../../../scripts/lib/migrate/verify/canonical/json.ts";
import { Utf8 } from "../../../scripts/lib/migrate/verify/canonical/utf8.ts";
import { RawText, type SourceValue, unfit } from "../../../scripts/lib/migrate/verify/canonical/value.ts";
import { RowHash } from "../../../scripts/lib/migrate/verify/values/row-hash.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { seeded } from "../../support/seeded.ts";

describe("canonical forms against the server", { skip: noPostgres }, () => {
  let postgres: TestPostgres;
  let connection: Connection;
  before(async () => {
    postgres = await startPostgres();
    connection = await Connection.open(await postgres.freshDatabase());
  });
  after(async () => {
    await connection?.close();
    await postgres?.stop();
  });

  test("the hash is the server's, for every length up to 200 bytes, of any letters, under any seed", async () => {
    const texts = Array.from({ length: 200 }, (_, n) =>
      ["a", "é", "€", "𝒳"].map((letter) => letter.repeat(n % 70) + "x".repeat(n)),
    ).flat();
    const hash = new RowHash();
    for (const chunk of [texts, texts.map((text) => text.toUpperCase())]) {
      const own = chunk.map((text) => {
        hash.add(text);
        return hash.value.toString();
      });
      const rows = await connection.queryTexts(
        `SELECT hashtextextended(t COLLATE "C", coalesce(s, 0)) FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS u(t, s, n) ORDER BY n`,
        [chunk, [null, ...own.slice(0, -1)]],
      );
      assert.deepEqual(
        own,
        rows.map(([value]) => value),
      );
      hash.reset();
    }
  });

  /** The canonical form that the server gives of a literal; undefined where it does not take it. */
  async function serverForm(
    literal: string,
    column: { type: string; convert: Conversion },
  ): Promise<string | undefined> {
    try {
      const rows = await connection.queryTexts(
        `SELECT ${canonicalSql("c", column)} FROM (SELECT $1::${column.type} AS c) AS t`,
        [literal],
      );
      return rows[0]?.[0] ?? undefined;
    } catch {
      return undefined;
    }
  }

  test("four thousand JSON texts, valid and not, become what jsonb prints, or nothing where jsonb refuses them", async () => {
    const random = seeded(20);
    const texts = Array.from({ length: 4_000 }, () => jsonText(random, 0));
    await connection.query(
      `CREATE FUNCTION pg_temp.printed(t text) RETURNS text LANGUAGE plpgsql AS
       $$ BEGIN RETURN t::jsonb::text; EXCEPTION WHEN others THEN RETURN NULL; END $$`,
    );
    const rows = await connection.queryTexts(
      "SELECT pg_temp.printed(t) FROM unnest($1::text[]) WITH ORDINALITY AS u(t, n) ORDER BY n",
      [texts],
    );
    const jsonb = new Jsonb();
    const wrong = texts.filter((text, i) => (jsonb.of(text)?.toString() ?? null) !== rows[i]?.[0]);
    assert.deepEqual(wrong, []);
    assert.ok(rows.filter(([printed]) => printed === null).length > 100, "some of them are no JSON");
  });

  test("numbers, moments and the rest have one form on both sides", async () => {
    const cases: [value: SourceValue, literal: string, type: string, convert: Conversion][] = [
      [1e300, `1${"0".repeat(300)}`, "numeric", { as: "decimal" }],
      [-1.5e-7, "-0.00000015", "numeric", { as: "decimal" }],
      ["+0012.3400", "12.34", "numeric(6,2)", { as: "decimal" }],
      [-0, "0", "numeric", { as: "decimal" }],
      [Number.POSITIVE_INFINITY, "Infinity", "numeric", { as: "decimal" }],
      [-0, "-0", "double precision", { as: "real" }],
      [9_007_199_254_740_992n, "9007199254740992", "double precision", { as: "real" }],
      [-62_135_596_800_000n, "0001-01-01", "timestamptz", { as: "instant", integer: "millis" }],
      [-99_999_999_999_999n, "-infinity", "timestamptz", { as: "instant", integer: "seconds" }],
      [-1n, "1969-12-31 23:59:59.999999", "timestamp", { as: "local", integer: "micros" }],
      ["9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999+00", "timestamptz", { as: "instant" }],
      ["2024-02-29 23:30:00-05:30", "2024-03-01 05:00:00+00", "timestamptz", { as: "instant" }],
      ["2024-01-01 24:00:00", "2024-01-02", "timestamp", { as: "local" }],
      [1_700_000_000.123456, "2023-11-14 22:13:20.123456+00", "timestamptz", { as: "instant", real: "seconds" }],
      [2_440_587.5, "1970-01-01+00", "timestamptz", { as: "instant", real: "julian" }],
      [-719_162n * 86_400n, "0001-01-01", "date", { as: "date", integer: "seconds" }],
      ["24:00", "24:00", "time", { as: "time" }],
      [
        "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}".slice(1, 37),
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "uuid",
        { as: "uuid" },
      ],
      [new Uint8Array(0), "\\x", "bytea", { as: "bytes" }],
      ["tëxt", `\\x${Buffer.from("tëxt").toString("hex")}`, "bytea", { as: "bytes", texts: true }],
      ["\ufeffbom ", "\ufeffbom ", "text", { as: "text" }],
    ];
    for (const [value, literal, type, convert] of cases) {
      const form = canonicalizer({ type, convert })(value);
      const own = form instanceof Utf8 ? form.toString() : form;
      const server = await serverForm(literal, { type, convert });
      if (literal === "-infinity") assert.equal(own, unfit, `${value} is before everything that ${type} holds`);
      else assert.equal(own, server, `${String(value)} as ${type}`);
    }
  });

  test("what a conversion does not take has no form", () => {
    const cases: [value: SourceValue, type: string, convert: Conversion][] = [
      [32_768n, "smallint", { as: "integer" }],
      [1, "bigint", { as: "integer" }],
      ["7", "bigint", { as: "integer" }],
      [9_007_199_254_740_993n, "double precision", { as: "real" }],
      [2.675, "numeric(10,2)", { as: "decimal" }],
      [1000n, "numeric(4,2)", { as: "decimal" }],
      [" 1", "numeric", { as: "decimal" }],
      [2n, "boolean", { as: "boolean" }],
      ["TRUE", "boolean", { as: "boolean", true: ["true"] }],
      ["nul\0", "text", { as: "text" }],
      [new RawText(new Uint8Array([255]), "\ufffd"), "text", { as: "text" }],
      ["five!", "varchar(4)", { as: "text" }],
      [" 12e3 ", "text", { as: "text", numbers: true }],
      [5n, "text", { as: "text" }],
      [new Uint8Array(2), "text", { as: "text" }],
      ["{]", "jsonb", { as: "json" }],
      ['"\\u0000"', "jsonb", { as: "json" }],
      ["6ba7b810", "uuid", { as: "uuid" }],
      [new Uint8Array(15), "uuid", { as: "uuid" }],
      ["2023-02-29", "date", { as: "date" }],
      ["2024-01-01 00:00:00", "date", { as: "date" }],
      ["2024-01-01T00:00:00Z", "timestamp", { as: "local" }],
      ["2024-01-01 00:00:00.0000001", "timestamptz", { as: "instant" }],
      ["2024-01-01 00:00:00.5", "timestamptz(0)", { as: "instant" }],
      ["0000-00-00", "date", { as: "date" }],
      ["2024-01-01 23:59:60", "timestamptz", { as: "instant" }],
      [5n, "timestamptz", { as: "instant" }],
    ];
    for (const [value, type, convert] of cases) {
      assert.equal(canonicalizer({ type, convert })(value), unfit, `${String(value)} as ${type}`);
    }
  });

  test("NULL, the empty text and the word null are three, wherever columns meet", () => {
    const hash = (...fields: (string | null)[]) => {
      const row = new RowHash();
      for (const field of fields) row.add(field);
      return row.value;
    };
    const rows = [
      [null],
      [""],
      ["null"],
      [null, ""],
      ["", null],
      ["", ""],
      [null, null],
      ["a", "b"],
      ["ab", ""],
      ["", "ab"],
    ];
    assert.equal(new Set(rows.map((row) => hash(...row))).size, rows.length);
  });
});

/** JSON with all that is odd in it, and now and then a text that is none. */
function jsonText(random: (below: number) => number, depth: number): string {
  const pick = (list: string[]) => list[random(list.length)] as string;
  const space = () => pick(["", "", " ", "\n", "\t "]);
  const list = (most: number, item: () => string) =>
    Array.from({ length: random(most) }, item).join(`${space()},${space()}`);
  const number = () =>
    pick(["", "-"]) +
    pick(["0", "7", "12", "100", "99999999999999999999"]) +
    pick(["", ".0", ".5", ".050", ".000"]) +
    pick(["", "", "e3", "E-2", "e+1", "e0", "e-20", "e25"]);
  const string = () =>
    `"${Array.from({ length: random(5) }, () => pick(["a", "é", "😀", "\\n", "\\u0041", "\\ud83d\\ude00", '\\"', "\\\\", "\\/", " ", "\\u001f", "\u007f", "\\ud83d", "€", "\t"])).join("")}"`;
  switch (random(depth > 3 ? 4 : 7)) {
    case 0:
    case 1:
      return number();
    case 2:
      return string();
    case 3:
      return pick(["true", "false", "null", "true", "null", "nul", "+1", "01", ".5", "1.", "[1,]", "1 2"]);
    case 4:
      return `${space()}[${space()}${list(4, () => jsonText(random, depth + 1))}${space()}]${space()}`;
    default:
      return `{${space()}${list(5, () => `${string()}${space()}:${space()}${jsonText(random, depth + 1)}`)}${space()}}`;
  }
}
