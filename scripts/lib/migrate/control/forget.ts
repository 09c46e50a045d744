import type { Connection } from "../../db/postgres/connection.ts";
import { hasControlSchema } from "./schema.ts";
import { putBack } from "./set-aside.ts";

/**
 * Takes a run out of the control schema, after putting back what was set aside for it. The tables that it filled are not
 * touched: dropping or emptying them is the caller's.
 */
export async function forgetRun(connection: Connection, runId: string): Promise<void> {
  if (!(await hasControlSchema(connection))) return;
  await putBack(connection, runId);
  await connection.query("DELETE FROM landfall.run WHERE run_id = $1", [runId]);
}
