import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { schemaStatements } from "../../scripts/lib/migrate/schema/statements.ts";
import { accountOf, planOf } from "../support/plan.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

const triggers = `
  CREATE TRIGGER shape_insert AFTER INSERT ON feature WHEN (NEW.shape NOT NULL AND NOT ST_IsEmpty(NEW.shape)) BEGIN
    INSERT INTO box VALUES (NEW.id, ST_MinX(NEW.shape), ST_MaxX(NEW.shape), ST_MinY(NEW.shape), ST_MaxY(NEW.shape));
  END;
  CREATE TRIGGER shape_gone AFTER UPDATE OF shape ON feature WHEN OLD.id = NEW.id AND (NEW.shape ISNULL OR ST_IsEmpty(NEW.shape)) BEGIN
    DELETE FROM box WHERE id = OLD.id;
  END;`;
const tables = `CREATE TABLE feature (id INTEGER PRIMARY KEY, shape BLOB);
  CREATE TABLE box (id INTEGER PRIMARY KEY, minx REAL, maxx REAL, miny REAL, maxy REAL);`;
const marked = "CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT);";

/** A geometry's head and content: `little` is the order of bytes in both. */
function geometry(little: boolean, flags: number, content: (number | { int: number } | { byte: number })[]): string {
  const parts = content.map((part) => {
    if (typeof part === "number") {
      const bytes = Buffer.alloc(8);
      if (little) bytes.writeDoubleLE(part);
      else bytes.writeDoubleBE(part);
      return bytes;
    }
    if ("byte" in part) return Buffer.from([part.byte]);
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(part.int);
    else bytes.writeUInt32BE(part.int);
    return bytes;
  });
  const head = Buffer.from([0x47, 0x50, 0, flags | (little ? 1 : 0), 0, 0, 0, 0]);
  return Buffer.concat([head, ...parts]).toString("hex");
}

const [one, zero] = [{ byte: 1 }, { byte: 0 }];
const int = (value: number) => ({ int: value });

/** By what they are: bytes and the bounds of them, as PostgreSQL writes an array. */
const shapes: [what: string, hex: string, bounds: string | null][] = [
  ["a point", geometry(true, 0, [one, int(1), 1.5, -2.25]), "{1.5,1.5,-2.25,-2.25}"],
  ["a point, its bytes the other way round", geometry(false, 0, [zero, int(1), 0.1, 1e300]), "{0.1,0.1,1e+300,1e+300}"],
  ["the smallest of floats", geometry(true, 0, [one, int(1), 5e-324, -0.1]), "{5e-324,5e-324,-0.1,-0.1}"],
  ["a line with heights", geometry(true, 0, [one, int(1002), int(2), 1, 2, 99, -3, 4, 98]), "{-3,1,2,4}"],
  [
    "a polygon of two rings",
    geometry(true, 0, [one, int(3), int(2), int(3), 0, 0, 9, 0, 0, 9, int(2), 1, 1, 2, 10]),
    "{0,9,0,10}",
  ],
  [
    "points together",
    geometry(false, 0, [zero, int(4), int(2), zero, int(1), 3, 4, zero, int(1), -3, 5]),
    "{-3,3,4,5}",
  ],
  ["bounds in the head", geometry(true, 2, [-1, 1, -2, 2, one, int(1), 7, 7]), "{-1,1,-2,2}"],
  ["an empty one", geometry(true, 16, [one, int(2), int(0)]), "{}"],
  ["an empty point", geometry(true, 0, [one, int(1), Number.NaN, Number.NaN]), "{}"],
  ["one that ends too soon", geometry(true, 0, [one, int(2), int(3), 1, 2]), null],
  ["no geometry", "00ff", null],
];

describe("a GeoPackage's triggers", { skip: noPostgres }, () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  test("keep the boxes of its geometries, read from their bytes", async () => {
    const plan = planOf(marked + tables + triggers);
    assert.deepEqual(
      plan.accounts.filter(({ outcome }) => outcome === "undecided"),
      [],
    );
    await withConnection(await postgres.freshDatabase(), async (connection) => {
      await createSchema(connection, plan, "0123456789abcdef");
      const { keys, rest } = schemaStatements(plan);
      for (const { sql } of [...keys, ...rest]) await connection.query(sql);
      for (const [what, hex, bounds] of shapes) {
        const [row] = await connection.queryTexts(`SELECT geopackage_bounds('\\x${hex}')`);
        assert.equal(row?.[0] ?? null, bounds, what);
      }
      const [, line] = shapes[3] ?? [];
      await connection.queryRaw(`INSERT INTO feature VALUES (1, '\\x${line}'), (2, NULL), (3, '\\x${shapes[7]?.[1]}')`);
      assert.deepEqual(await connection.queryTexts("SELECT * FROM box"), [["1", "-3", "1", "2", "4"]]);
      await connection.queryRaw("UPDATE feature SET shape = NULL WHERE id = 1");
      assert.deepEqual(await connection.queryTexts("SELECT * FROM box"), []);
    });
  });
});

const metadata = `${marked} CREATE TABLE feature (id INTEGER PRIMARY KEY, shape BLOB, length REAL);
  CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
    timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
  CREATE TRIGGER column_there BEFORE INSERT ON gpkg_metadata_reference BEGIN
    SELECT RAISE(ABORT, 'no such column') WHERE NEW.reference_scope = 'column' AND NOT NEW.table_name IN (
      SELECT name FROM SQLITE_MASTER WHERE type = 'table' AND name = NEW.table_name AND sql LIKE ('%' || NEW.column_name || '%')); END;
  CREATE TRIGGER timely BEFORE INSERT ON gpkg_metadata_reference BEGIN
    SELECT RAISE(ABORT, 'not a valid time') WHERE NOT (NEW.timestamp GLOB
      '[1-2][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z' AND strftime('%s',NEW.timestamp) NOT NULL); END;`;

describe("the triggers of a GeoPackage's metadata", { skip: noPostgres }, () => {
  test("know the columns of moved tables and of later ones, and take a time in the form of the specification", async () => {
    const plan = planOf(metadata);
    assert.deepEqual(
      plan.accounts.filter(({ outcome }) => outcome === "undecided"),
      [],
    );
    const postgres = await startPostgres();
    try {
      await withConnection(await postgres.freshDatabase(), async (connection) => {
        await createSchema(connection, plan, "0123456789abcdef");
        const { keys, rest } = schemaStatements(plan);
        for (const { sql } of [...keys, ...rest]) await connection.query(sql);
        await connection.query("CREATE TABLE later (id int, colour text)");
        const enter = (table: string, column: string, more = "") =>
          connection.query(
            `INSERT INTO gpkg_metadata_reference VALUES ('column', '${table}', '${column}', ${more === "" ? "DEFAULT" : `'${more}'`})`,
          );
        await enter("feature", "LENGTH");
        await enter("later", "colour");
        await assert.rejects(enter("feature", "colour"), /no such column/);
        await assert.rejects(enter("later", "length"), /no such column/);
        await enter("feature", "shape", "2024-02-29T23:59:59.999Z");
        await assert.rejects(enter("feature", "shape", "0900-01-01T00:00:00.000Z"), /not a valid time/);
      });
    } finally {
      await postgres.stop();
    }
  });
});

test("elsewhere ST_IsEmpty() is a function of the application's", () => {
  assert.match(accountOf(planOf(tables + triggers), "trigger shape_gone").reason, /ST_IsEmpty\(\)/);
});
