import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { StackOutputs } from "../../../infra/contract.ts";
import { lastLines, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { compareRows, fingerprint, listTables } from "../db/fingerprint.ts";
import { type Connection, withConnection } from "../db/postgres/connection.ts";
import { quoteIdentifier } from "../db/postgres/identifiers.ts";
import { databaseTarget } from "../stack/targets.ts";
import { checkDump, clientEnvironment, type DumpPlace, type Manifest, stackSchemas } from "./dump.ts";
import { setRestorePoint } from "./restore-points.ts";

export interface RestoreDumpResult {
  folder: string;
  tables: number;
  durationMs: number;
  /** The moment before, by name; null where nothing was replaced. */
  restorePoint: string | null;
}

/** What a restore of a dump would do. */
export interface RestoreDumpPlan {
  folder: string;
  manifest: Manifest;
  /** Tables that are in the database now, and would go. */
  replaced: string[];
}

/** @param from a dump's folder; undefined for the stack's latest */
export async function planRestoreDump(
  { outputs, dumps }: DumpPlace,
  from: string | undefined,
): Promise<RestoreDumpPlan> {
  const folder = from === undefined ? join(dumps, "latest") : resolve(from);
  const manifest = await checkDump(folder);
  if (manifest.major > outputs.database.major) {
    const message = `the dump is of PostgreSQL ${manifest.major}, the stack runs ${outputs.database.major}`;
    throw new LandfallError("usage", message, "restore it into a stack of the same or a newer major version");
  }
  const replaced = await withConnection(databaseTarget(outputs, "migrator"), ownTables);
  return { folder, manifest, replaced };
}

async function ownTables(connection: Connection): Promise<string[]> {
  const tables = await listTables(connection);
  return tables.filter(([schema]) => !stackSchemas.includes(schema)).map(([schema, name]) => `${schema}.${name}`);
}

/**
 * Restores a dump into the stack's database, in place of what is there, and proves that every table has the rows it was dumped
 * with. A restore point is set before anything is dropped.
 * @throws {LandfallError} backup, with pg_restore's own reason; different, where a table is not what was dumped
 */
export async function restoreDump(
  { outputs, bin }: DumpPlace,
  plan: RestoreDumpPlan,
  jobs: number,
  reporter: Reporter,
): Promise<RestoreDumpResult> {
  const { folder, manifest, replaced } = plan;
  const started = Date.now();
  const target = databaseTarget(outputs, "migrator");
  let restorePoint: string | null = null;
  if (replaced.length > 0) {
    reporter.step(1, 3, `Setting a restore point, and dropping ${replaced.length} tables`);
    restorePoint = await withConnection(target, async (connection) => {
      const { name } = await setRestorePoint(
        connection,
        `before restore-dump ${new Date().toISOString().slice(0, 19)}`,
      );
      await dropOwn(connection);
      return name;
    });
  }
  reporter.step(2, 3, `Restoring ${Object.keys(manifest.tables).length} tables`);
  await runRestore(outputs, bin, folder, jobs);
  reporter.step(3, 3, "Comparing every table with what was dumped");
  await withConnection(target, async (connection) => {
    await connection.query("ANALYZE");
    const content = await fingerprint(connection, () => {});
    const tables = Object.fromEntries(
      Object.entries(content.tables).filter(([name]) => !stackSchemas.includes(name.split(".")[0] ?? "")),
    );
    const differences = compareRows({ tables: manifest.tables }, { tables });
    if (differences.length > 0) {
      throw new LandfallError(
        "different",
        `the restored tables are not those of the dump: ${differences.slice(0, 3).join("; ")}`,
        "report this with the dump's manifest",
      );
    }
  });
  return { folder, tables: Object.keys(manifest.tables).length, durationMs: Date.now() - started, restorePoint };
}

/** Drops what the owner owns in every schema but the stack's own; schemas besides public go with their content. */
async function dropOwn(connection: Connection): Promise<void> {
  const objects = await connection.query<{ statement: string }>(
    `SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
              WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname) AS statement
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND pg_has_role(c.relowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
     UNION ALL SELECT format('DROP %s IF EXISTS %s CASCADE', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.oid::regprocedure)
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = 'public' AND pg_has_role(p.proowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     UNION ALL SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd', 'r') AND pg_has_role(t.typowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')`,
  );
  const schemas = await connection.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> ALL($1) AND pg_has_role(nspowner, 'USAGE')`,
    [["public", "information_schema", ...stackSchemas]],
  );
  const drops = [
    ...objects.map(({ statement }) => statement),
    ...schemas.map(({ name }) => `DROP SCHEMA ${quoteIdentifier(name)} CASCADE`),
  ];
  await connection.transaction(async () => {
    for (const statement of drops) await connection.query(statement);
  });
}

/** Extensions are the stack's affair (database.extensions), and public is there in every database. */
const notRestored = /^\d+; \d+ \d+ (EXTENSION |COMMENT - EXTENSION |SCHEMA - public |COMMENT - SCHEMA public )/;

async function runRestore(outputs: StackOutputs, bin: string, folder: string, jobs: number): Promise<void> {
  const program = join(bin, "pg_restore");
  const listed = await run(program, ["--list", folder]);
  if (listed.code !== 0)
    throw new LandfallError("backup", `pg_restore cannot read the dump: ${lastLines(listed)}`, "use another dump");
  const place = mkdtempSync(join(tmpdir(), "landfall-restore-"));
  try {
    const list = join(place, "list");
    writeFileSync(
      list,
      listed.stdout
        .split("\n")
        .filter((line) => !notRestored.test(line))
        .join("\n"),
    );
    const args = [
      ...["--exit-on-error", "--no-owner", `--role=${outputs.roles.owner}`, "--no-password", `--jobs=${jobs}`],
      ...[`--dbname=${outputs.database.name}`, `--use-list=${list}`, folder],
    ];
    const result = await run(program, args, { env: clientEnvironment(outputs) });
    if (result.code === 0) return;
    throw new LandfallError(
      "backup",
      `pg_restore failed: ${lastLines(result)}`,
      "mend what it names, and run the same command again: it begins anew",
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
