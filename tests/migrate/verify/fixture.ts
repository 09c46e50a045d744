import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Connection, withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../../scripts/lib/db/postgres/target.ts";
import { readCatalog } from "../../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../../scripts/lib/db/sqlite/open.ts";
import type { ColumnPlan, Plan, TablePlan } from "../../../scripts/lib/migrate/model/plan.ts";
import type { Snapshot } from "../../../scripts/lib/migrate/model/results.ts";
import { schemaStatements } from "../../../scripts/lib/migrate/schema/statements.ts";
import type { VerifyInput } from "../../../scripts/lib/migrate/verify/input.ts";
import { type TestColumn, testColumns } from "./columns.ts";

/** A table of the fixture: `key` says how its rows are told apart. */
export interface TestTable {
  name: string;
  key: "id" | "none" | "pair";
  columns: TestColumn[];
  rows: number;
}

export const number = (name: string): TestColumn => ({
  name,
  declared: "INTEGER",
  type: "bigint",
  convert: { as: "integer" },
  make: (n) => ({ source: BigInt(n), target: String(n) }),
});
export const word = (name: string, make: (n: number) => string): TestColumn => ({
  name,
  declared: "TEXT",
  type: "text",
  convert: { as: "text" },
  make: (n) => ({ source: make(n), target: make(n) }),
});

export const testTables = (rows: number): TestTable[] => [
  { name: "all types", key: "id", columns: [number("id"), ...testColumns], rows },
  {
    name: "no_key",
    key: "none",
    columns: [word("what", (n) => `event ${n % 50}`), number("n")].map((column, i) =>
      i === 1 ? { ...column, make: (n) => number("n").make(n % 50) } : column,
    ),
    rows,
  },
  {
    name: "pair",
    key: "pair",
    columns: [word("lang", (n) => `l${n % 7}`), number("id"), word("label", (n) => `Label ${n}`)],
    rows,
  },
  {
    name: "wide",
    key: "id",
    columns: [number("id"), ...Array.from({ length: 150 }, (_, i) => word(`c${i}`, (n) => `${n}/${i}`))],
    rows: 20,
  },
  { name: "empty", key: "id", columns: [number("id"), word("x", String)], rows: 0 },
];

const quoted = (name: string) => `"${name}"`;

const keyOf = ({ key }: TestTable) => (key === "none" ? null : key === "id" ? '"id"' : '"lang", "id"');

/** Writes the tables to a SQLite file. */
export function writeSource(file: string, tables: TestTable[]): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("BEGIN");
    for (const table of tables) {
      const key = keyOf(table);
      const columns = table.columns.map(({ name, declared }) => `${quoted(name)} ${declared}`);
      database.exec(
        `CREATE TABLE ${quoted(table.name)} (${[...columns, ...(key ? [`PRIMARY KEY (${key})`] : [])].join(", ")})${table.key === "pair" ? " WITHOUT ROWID" : ""}`,
      );
      const insert = database.prepare(
        `INSERT INTO ${quoted(table.name)} VALUES (${table.columns.map(() => "?").join(", ")})`,
      );
      for (let n = 0; n < table.rows; n++) {
        insert.run(...table.columns.map(({ make }) => make(n).source as null | bigint | number | string | Buffer));
      }
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Makes the tables in the target and fills them with plain INSERTs: no code of the loader's has a part in it. */
export async function fillTarget(target: Target, plan: Plan, tables: TestTable[], more = ""): Promise<void> {
  const { before, keys, indexes, foreignKeys, rest } = schemaStatements(plan);
  await withConnection(target, async (connection) => {
    for (const { sql } of before) await connection.query(sql);
    for (const table of tables) await insertRows(connection, table);
    await connection.query(more);
    for (const { sql } of [...keys, ...indexes, ...foreignKeys, ...rest]) await connection.query(sql);
  });
}

async function insertRows(connection: Connection, table: TestTable): Promise<void> {
  const batch = Math.floor(30_000 / table.columns.length);
  for (let from = 0; from < table.rows; from += batch) {
    const rows = Array.from({ length: Math.min(batch, table.rows - from) }, (_, i) =>
      table.columns.map(({ make }) => make(from + i).target),
    );
    const names = table.columns.map(({ name }) => quoted(name)).join(", ");
    const width = table.columns.length;
    const values = rows.map(
      (_, r) => `(${table.columns.map((column, c) => `$${r * width + c + 1}::${column.type}`).join(", ")})`,
    );
    await connection.query(`INSERT INTO ${quoted(table.name)} (${names}) VALUES ${values.join(", ")}`, rows.flat());
  }
}

export function planOf(tables: TestTable[]): Plan {
  return {
    version: 1,
    schemaDigest: "",
    naming: "keep",
    schema: "public",
    extensions: [],
    tables: tables.map(tablePlan),
    objects: [],
    accounts: [],
  };
}

function tablePlan(table: TestTable): TablePlan {
  const key = keyOf(table);
  return {
    source: table.name,
    target: table.name,
    comment: null,
    columns: table.columns.map(
      ({ name, type, convert }): ColumnPlan => ({
        source: name,
        target: name,
        type,
        convert,
        notNull: key?.includes(quoted(name)) ?? false,
        default: null,
        generated: null,
        identity: false,
        collation: null,
        reason: "",
      }),
    ),
    constraints: key
      ? [{ name: `${table.name}_pkey`, kind: "primary", sql: `PRIMARY KEY (${key})`, validate: true, account: "" }]
      : [],
  };
}

/** What verify is given for a file, as the steps before it would. */
export function inputFor(file: string, plan: Plan, target: Target): VerifyInput {
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  const snapshot: Snapshot = {
    source: file,
    file,
    bytes: 0,
    sha256: "",
    takenAt: "",
    integrity: [],
    foreignKeyViolations: [],
  };
  return { snapshot, catalog, plan, target, runId: "test", folder: dirname(file) };
}
