import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { readCatalog } from "../../scripts/lib/db/sqlite/catalog.ts";
import { openSource } from "../../scripts/lib/db/sqlite/open.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { load } from "../../scripts/lib/migrate/load/load.ts";
import type { Plan } from "../../scripts/lib/migrate/model/plan.ts";
import type { LoadResult, VerifyResult } from "../../scripts/lib/migrate/model/results.ts";
import type { SourceCatalog } from "../../scripts/lib/migrate/model/source.ts";
import { emptyMapping, type Mapping } from "../../scripts/lib/migrate/plan/mapping.ts";
import { makePlan, type PlanOptions } from "../../scripts/lib/migrate/plan/plan.ts";
import { profileSource } from "../../scripts/lib/migrate/profile/profile.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { verify } from "../../scripts/lib/migrate/verify/verify.ts";
import { temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();

/** Writes a SQLite file that holds what `sql` makes. */
export function fileOf(sql: string): string {
  const file = join(mkdtempSync(join(folder, "source-")), "source.db");
  const database = new DatabaseSync(file, {
    enableDoubleQuotedStringLiterals: true,
    enableForeignKeyConstraints: false,
  });
  database.exec(sql);
  database.close();
  return file;
}

/** Catalog, real profile and plan of a file. */
export async function planFile(
  file: string,
  mapping: Partial<Mapping> = {},
  options: PlanOptions = {},
): Promise<{ catalog: SourceCatalog; plan: Plan }> {
  const source = openSource(file);
  const catalog = readCatalog(source);
  source.close();
  const profile = await profileSource(file, catalog, silentReporter);
  return {
    catalog,
    plan: makePlan(catalog, profile, { ...emptyMapping, ...mapping }, { collation: null, ...options }),
  };
}

/** The whole way of a file that nobody writes to: it serves as its own snapshot. */
export async function migrateFile(
  file: string,
  target: Target,
  { catalog, plan }: { catalog: SourceCatalog; plan: Plan },
  options: { viewLimitMs?: number } = {},
): Promise<{ loaded: LoadResult; verified: VerifyResult }> {
  await withConnection(target, (connection) => createSchema(connection, plan, "0123456789abcdef"));
  const bytes = readFileSync(file);
  const input = {
    ...{ catalog, plan, target, runId: "0123456789abcdef" },
    folder: mkdtempSync(join(folder, "run-")),
    snapshot: {
      ...{ source: file, file, bytes: bytes.length, takenAt: new Date(0).toISOString() },
      ...{ sha256: createHash("sha256").update(bytes).digest("hex"), integrity: [], foreignKeyViolations: [] },
    },
    workers: 1,
    strict: false,
  };
  const loaded = await load(input, silentReporter);
  await finish(input, silentReporter);
  return { loaded, verified: await verify({ ...input, ...options }, silentReporter) };
}

/** The differences of a verification as lines, for a test's message. */
export const differencesOf = ({ differences, checks }: VerifyResult): string[] => [
  ...differences.map(
    ({ kind, table, column, source, target, text }) => `${kind} ${table}.${column} ${source} ≠ ${target}: ${text}`,
  ),
  ...checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`),
];
