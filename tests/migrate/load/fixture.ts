import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import { quoteIdentifier } from "../../../scripts/lib/db/postgres/identifiers.ts";
import type { Target } from "../../../scripts/lib/db/postgres/target.ts";
import { readCatalog } from "../../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../../scripts/lib/db/sqlite/open.ts";
import type { LoadInput } from "../../../scripts/lib/migrate/load/load.ts";
import type { ColumnPlan, Conversion, Plan, TablePlan } from "../../../scripts/lib/migrate/model/plan.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A column of a plan: its name on both sides, its type, and how its values are read. */
export type ColumnSpec = [name: string, type: string, convert: Conversion | Conversion["as"]];

const folder = temporaryFolder();

/** Writes a SQLite file. @param fill gets the open database */
export function sourceFile(name: string, fill: (database: DatabaseSync) => void): string {
  const file = join(mkdtempSync(join(folder, "source-")), `${name}.sqlite`);
  const database = new DatabaseSync(file, {
    enableDoubleQuotedStringLiterals: true,
    enableForeignKeyConstraints: false,
  });
  // A file that nobody needs after a crash.
  database.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
  fill(database);
  database.close();
  return file;
}

export function tablePlan(name: string, columns: ColumnSpec[]): TablePlan {
  return {
    source: name,
    target: name,
    comment: null,
    constraints: [],
    columns: columns.map(
      ([column, type, convert]): ColumnPlan => ({
        source: column,
        target: column,
        type,
        convert: typeof convert === "string" ? { as: convert } : convert,
        notNull: false,
        default: null,
        generated: null,
        identity: false,
        collation: null,
        reason: "a test's",
      }),
    ),
  };
}

export function planOf(tables: TablePlan[], more: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    schemaDigest: "",
    naming: "keep",
    schema: "public",
    extensions: [],
    tables,
    objects: [],
    accounts: [],
    ...more,
  };
}

/** What `load` and `finish` take, for a file that serves as its own snapshot. */
export function inputOf(file: string, plan: Plan, target: Target, runId = "0123456789abcdef"): LoadInput {
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  const bytes = readFileSync(file);
  return {
    ...{ catalog, plan, target, runId },
    folder: mkdtempSync(join(folder, "run-")),
    snapshot: {
      ...{ source: file, file, bytes: bytes.length, takenAt: new Date(0).toISOString() },
      ...{ sha256: createHash("sha256").update(bytes).digest("hex"), integrity: [], foreignKeyViolations: [] },
    },
  };
}

/** Makes the plan's tables, bare. */
export async function makeTables(target: Target, { tables }: Plan): Promise<void> {
  await withConnection(target, async (connection) => {
    for (const table of tables) {
      const columns = table.columns.map((column) => `${quoteIdentifier(column.target)} ${column.type}`);
      await connection.query(`CREATE TABLE ${quoteIdentifier(table.target)} (${columns.join(", ")})`);
    }
  });
}
