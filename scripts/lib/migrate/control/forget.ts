import type { Connection } from "../../db/postgres/connection.ts";
import { putBack } from "./set-aside.ts";

/**
 * Takes all runs out of the control schema. What was set aside for them is put back first, on tables that stay.
 * The rows that they loaded are not touched: dropping or emptying the tables is the caller's, before this.
 */
export async function forgetRuns(connection: Connection, tablesStay: boolean): Promise<void> {
  const runs = await connection.query<{ run_id: string }>("SELECT run_id FROM landfall.run");
  for (const { run_id } of runs) {
    if (tablesStay) await putBack(connection, run_id);
    await connection.query("DELETE FROM landfall.run WHERE run_id = $1", [run_id]);
  }
  await connection.query("DELETE FROM landfall.made_statement");
}
