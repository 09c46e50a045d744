import { createHash } from "node:crypto";
import type { Connection } from "../../db/postgres/connection.ts";

/** A statement of a run, and the table that it makes, where it makes one. */
export interface RunStatement {
  sql: string;
  table?: string | null;
}

/**
 * Runs the statements that the run has not done yet, with their entries, in one transaction: however often a run is killed and
 * begun again, each is done once. The entry goes first: a session of a killed process that is still at it is waited for there.
 * @param schema of the tables
 * @throws {LandfallError} target; nothing of it is done then
 */
export async function doOnce(
  connection: Connection,
  { runId, schema }: { runId: string; schema: string },
  statements: RunStatement[],
): Promise<void> {
  await connection.transaction(async () => {
    for (const { sql, table = null } of statements) {
      const entered = await connection.query(
        `INSERT INTO landfall.made_statement (run_id, digest, target_schema, target_table) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING 1`,
        [runId, createHash("sha256").update(sql).digest("hex"), schema, table],
      );
      if (entered.length > 0) await connection.query(sql);
    }
  });
}
