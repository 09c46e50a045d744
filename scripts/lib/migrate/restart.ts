import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { type Connection, withConnection } from "../db/postgres/connection.ts";
import { quoteQualified } from "../db/postgres/identifiers.ts";
import { forgetRuns } from "./control/forget.ts";
import { ensureControlSchema, hasControlSchema } from "./control/schema.ts";
import type { Destination } from "./destination.ts";
import type { Plan } from "./model/plan.ts";
import { type MigrateFlags, takesExisting } from "./options.ts";
import { type Run, runFolder } from "./run/run.ts";
import { dropTables } from "./schema/create.ts";

/** A table that an earlier run made or filled, and how many rows it left there; null where it did not get so far. */
interface Made {
  schema: string;
  table: string;
  loaded: string | null;
}

/**
 * Undoes an earlier run of this source into this target: drops the tables that it made (where the application's own
 * schema made them, empties them) and forgets what the target's control schema knows of it.
 * @throws {LandfallError} usage, where somebody has written to those tables since, unless `discardTarget` says so
 */
export async function discardRun(
  destination: Destination,
  options: MigrateFlags & { sqlite: string },
  reporter: Reporter,
): Promise<void> {
  const existing = takesExisting(options);
  const folder = runFolder(options.sqlite, destination.name, destination.runs);
  await withConnection(destination.target, async (connection) => {
    const control = await hasControlSchema(connection);
    const made = await tablesOfRun(connection, folder, control);
    if (!options.discardTarget) await refuseIfWritten(connection, made);
    const names = made.map(({ schema, table }) => quoteQualified(schema, table)).join(", ");
    if (!existing) await dropTables(connection, made);
    else if (names) await connection.query(`TRUNCATE ${names}`);
    if (control) await forgetRuns(connection, existing);
    if (made.length > 0)
      reporter.note(
        `${existing ? "emptied" : "dropped"} ${made.length === 1 ? "the table" : `the ${made.length} tables`} of the earlier run`,
      );
  });
}

/** Whether the target still has at least one of the tables that the run made or filled. */
export async function holdsTablesOf(run: Run, { target }: Destination): Promise<boolean> {
  return withConnection(target, async (connection) => {
    const control = await hasControlSchema(connection);
    return (await tablesOfRun(connection, run.folder, control)).length > 0;
  });
}

/** By the run's own plan where this machine has it, and by the control schema, which knows it wherever the run was made. */
async function tablesOfRun(connection: Connection, folder: string, control: boolean): Promise<Made[]> {
  // The control schema may be an earlier version's.
  if (control) await ensureControlSchema(connection);
  const manifest = control
    ? await connection.query<Made>(
        `SELECT target_schema AS schema, target_table AS "table", NULL AS loaded FROM landfall.made_statement
          WHERE target_table IS NOT NULL
         UNION ALL SELECT target_schema, target_table, loaded::text FROM landfall.load_manifest`,
      )
    : [];
  const known = new Map<string, Made>(manifest.map((made) => [quoteQualified(made.schema, made.table), made]));
  const file = join(folder, "plan.json");
  const wasMade = existsSync(join(folder, "schema.json"));
  if (existsSync(file) && wasMade) {
    const plan = JSON.parse(readFileSync(file, "utf8")) as Plan;
    for (const { target } of plan.tables) {
      const name = quoteQualified(plan.schema, target);
      if (!known.has(name)) known.set(name, { schema: plan.schema, table: target, loaded: null });
    }
  }
  const there = await connection.query<{ name: string }>(
    "SELECT format('\"%s\".\"%s\"', replace(schemaname, '\"', '\"\"'), replace(tablename, '\"', '\"\"')) AS name FROM pg_tables",
  );
  const names = new Set(there.map(({ name }) => name));
  return [...known].filter(([name]) => names.has(name)).map(([, made]) => made);
}

async function refuseIfWritten(connection: Connection, made: Made[]): Promise<void> {
  for (const { schema, table, loaded } of made) {
    if (loaded === null) continue;
    const name = quoteQualified(schema, table);
    const { rows, changed } = await connection.one<{ rows: string; changed: string }>(
      `SELECT (SELECT count(*) FROM ${name})::text AS rows,
              coalesce(pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c), 0)::text AS changed
         FROM (SELECT to_regclass($1)::oid AS c) AS it`,
      [name],
    );
    if (rows === loaded && changed === "0") continue;
    throw new LandfallError(
      "usage",
      `${schema}.${table} has been written to since it was loaded (${loaded} rows then, ${rows} now, ${changed} changed)`,
      "if nothing of that is needed, pass --discard-target as well; else take a backup first",
    );
  }
}
