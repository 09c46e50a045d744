import type { Connection } from "../../db/postgres/connection.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import { doOnce } from "../control/journal.ts";
import { ensureControlSchema } from "../control/schema.ts";
import type { Plan } from "../model/plan.ts";
import { accountKey } from "../plan/ledger.ts";
import { schemaStatements } from "./statements.ts";

/** Statements of one transaction: each keeps some locks to its end, and a server with its usual settings has room for 6,400. */
export const tablesAtOnce = 200;

/**
 * Creates the tables of a plan, all or none: schema, extensions, tables. Keys, indexes and the rest come after the data.
 * @param runId of the run that makes them: what a killed process of the same run has made is gone on with
 * @throws {LandfallError} target, where the server refuses
 */
export async function createSchema(connection: Connection, plan: Plan, runId: string): Promise<void> {
  await ensureControlSchema(connection);
  const tables = new Map(plan.tables.map(({ source, target }) => [accountKey("table", source), target]));
  const statements = schemaStatements(plan).before.map(({ account, sql }) => ({ sql, table: tables.get(account) }));
  try {
    for (const part of inParts(statements)) await doOnce(connection, { runId, schema: plan.schema }, part);
  } catch (error) {
    // Where the server is gone this fails too: then the next process of the run goes on from what is there.
    await dropMade(connection, runId).catch(() => {});
    throw error;
  }
}

async function dropMade(connection: Connection, runId: string): Promise<void> {
  const made = await connection.query<{ schema: string; table: string }>(
    `SELECT target_schema AS schema, target_table AS "table" FROM landfall.made_statement
      WHERE run_id = $1 AND target_table IS NOT NULL`,
    [runId],
  );
  await dropTables(connection, made);
  await connection.query("DELETE FROM landfall.made_statement WHERE run_id = $1", [runId]);
}

/** Drops tables that are there, some hundred at a time. */
export async function dropTables(connection: Connection, tables: { schema: string; table: string }[]): Promise<void> {
  for (const part of inParts(tables)) {
    const names = part.map(({ schema, table }) => quoteQualified(schema, table));
    await connection.query(`DROP TABLE IF EXISTS ${names.join(", ")} CASCADE`);
  }
}

const inParts = <T>(list: T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / tablesAtOnce) }, (_, i) =>
    list.slice(i * tablesAtOnce, (i + 1) * tablesAtOnce),
  );

/**
 * The collation for text that sorts as SQLite does: null where the database's own is C already.
 * @throws {LandfallError} target
 */
export async function textCollation(connection: Connection): Promise<string | null> {
  const { collate } = await connection.one<{ collate: string }>(
    "SELECT datcollate AS collate FROM pg_database WHERE datname = current_database()",
  );
  return ["C", "POSIX", "C.UTF-8", "C.utf8"].includes(collate) ? null : '"C"';
}
