import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LandfallError, messageOf } from "../../scripts/lib/cli/errors.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { Connection } from "../../scripts/lib/db/postgres/connection.ts";
import { type Migration, migrate } from "../../scripts/lib/migrate/migrate.ts";
import { migrateDefaults } from "../../scripts/lib/migrate/options.ts";
import { undecidedOf } from "../../scripts/lib/migrate/verdict.ts";
import type { TestPostgres } from "../support/postgres.ts";

/** What became of one file. `line` begins with one of: proven, N objects need a decision, refused, FAILED. */
export interface CorpusResult {
  file: string;
  line: string;
  failed: boolean;
  undecided: string[];
  waived: string[];
  /** Objects that were translated: views, generated columns, checks, indexes, triggers, defaults. */
  translated: number;
  tables: number;
  rows: number;
  values: number;
  quarantined: number;
  durationMs: number;
}

/** Every file of a folder and of those below it that may be a database: SQLite's own companions are not. */
export function corpusFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/-(wal|shm|journal)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Runs the whole pipeline on one file, into a database of its own that is dropped afterwards. Never throws. */
export async function runOne(postgres: TestPostgres, file: string, waiveUntranslated: boolean): Promise<CorpusResult> {
  const started = Date.now();
  const runs = mkdtempSync(join(tmpdir(), "lf-corpus-"));
  const target = await postgres.freshDatabase();
  try {
    const destination = { target, name: target.database, outputs: null, runs };
    const options = { ...migrateDefaults, sqlite: file, waiveUntranslated };
    const migration = await migrate(destination, options, silentReporter);
    return { ...describe(file, migration), durationMs: Date.now() - started };
  } catch (error) {
    return { ...failure(file, error), durationMs: Date.now() - started };
  } finally {
    rmSync(runs, { recursive: true, force: true });
    const admin = await Connection.open(postgres.superuser("postgres"));
    await admin.query(`DROP DATABASE ${target.database} WITH (FORCE)`).finally(() => admin.close());
  }
}

function describe(file: string, { verdict, plan, verify, load }: Migration): Omit<CorpusResult, "durationMs"> {
  const failed = verdict.exit === "different";
  const undecided = undecidedOf(plan);
  const waived = plan.accounts.filter(({ outcome }) => outcome === "waived").map(({ key }) => key);
  const named = undecided.length > 0 ? ` (${undecided.join(", ")})` : "";
  const left = waived.length > 0 ? `; waived: ${waived.join(", ")}` : "";
  return {
    file,
    line: failed ? `FAILED: ${verdict.problem?.message}` : `${verdict.text}${named}${left}`,
    failed,
    undecided,
    waived,
    translated: plan.accounts.filter(({ outcome }) => outcome === "translated").length,
    tables: verify.tables.length,
    rows: verify.rows,
    values: verify.values,
    quarantined: load.tables.reduce((sum, table) => sum + table.quarantined, 0),
  };
}

/** A source that cannot be read is refused, which is right; anything else is a failure of ours. */
function failure(file: string, error: unknown): Omit<CorpusResult, "durationMs"> {
  const refused = error instanceof LandfallError && error.code === "source";
  const line = `${refused ? "refused" : "FAILED"}: ${messageOf(error).split("\n")[0]}`;
  return {
    file,
    line,
    failed: !refused,
    undecided: [],
    waived: [],
    translated: 0,
    tables: 0,
    rows: 0,
    values: 0,
    quarantined: 0,
  };
}
