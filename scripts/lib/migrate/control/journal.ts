import { createHash } from "node:crypto";
import type { Connection } from "../../db/postgres/connection.ts";

/** A statement of a run, and the table that it makes, where it makes one. */
export interface RunStatement {
  sql: string;
  table?: string | null;
}

/**
 * Runs the statements that the run has not done yet, with their entries, in one transaction: however often a run is killed and
 * begun again, each is done once. The entries go first: a session of a killed process that is still at it is waited for there.
 * All are sent at once, because thousands of tables would be tens of thousands of round trips.
 * @param schema of the tables
 * @throws {LandfallError} target; nothing of it is done then
 */
export async function doOnce(
  connection: Connection,
  { runId, schema }: { runId: string; schema: string },
  statements: RunStatement[],
): Promise<void> {
  const open = new Map(statements.map((one) => [createHash("sha256").update(one.sql).digest("hex"), one]));
  const entries = [...open].map(([digest, { table = null }]) => ({ digest, table }));
  await connection.transaction(async () => {
    const entered = await connection.query<{ digest: string }>(
      `INSERT INTO landfall.made_statement (run_id, digest, target_schema, target_table)
       SELECT $1, digest, $2, "table" FROM json_to_recordset($3) AS entry (digest text, "table" text)
       ON CONFLICT DO NOTHING RETURNING digest`,
      [runId, schema, JSON.stringify(entries)],
    );
    const fresh = new Set(entered.map(({ digest }) => digest));
    const sql = [...open].flatMap(([digest, one]) => (fresh.has(digest) ? [one.sql] : []));
    // On a line of its own: a statement that a person wrote may end in a comment.
    if (sql.length > 0) await connection.query(sql.join("\n;\n"));
  });
}
