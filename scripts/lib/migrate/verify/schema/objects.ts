import type { Connection } from "../../../db/postgres/connection.ts";
import { isServerError } from "../../../db/postgres/errors.ts";
import type { Plan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { schemaDifference } from "./compare.ts";
import { temporaryLast } from "./shape.ts";
import { compareTrigger } from "./triggers.ts";
import { compareView } from "./views.ts";

/** Compares the definitions of views and triggers with the plan. @param connection not in a transaction */
export async function compareObjects(connection: Connection, plan: Plan): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const object of plan.objects) {
    if (object.kind === "index") continue;
    await connection.query("BEGIN");
    try {
      await connection.query(temporaryLast);
      const compare = object.kind === "view" ? compareView : compareTrigger;
      differences.push(...(await compare(connection, plan.schema, object)));
    } catch (error) {
      if (!isServerError(error)) throw error;
      const text = `the ${object.kind} cannot be made as planned: ${error.message}`;
      differences.push(schemaDifference(object.name, text, object.sql.join("; "), null));
    } finally {
      await connection.query("ROLLBACK");
    }
  }
  return differences;
}
