import type { Connection } from "../../db/postgres/connection.ts";
import type { Plan } from "../model/plan.ts";
import { schemaStatements } from "./statements.ts";

/**
 * Creates the tables of a plan, all or none: schema, extensions, tables. Keys, indexes and the rest come after the data.
 * @throws {LandfallError} target, where the server refuses
 */
export async function createSchema(connection: Connection, plan: Plan): Promise<void> {
  await connection.transaction(async () => {
    for (const { sql } of schemaStatements(plan).before) await connection.query(sql);
  });
}

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
