import type { Connection } from "../../../db/postgres/connection.ts";
import type { Plan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import type { SourceCatalog } from "../../model/source.ts";
import { type Check, check } from "../check.ts";
import { compareSequences } from "../sequences.ts";
import { compareObjects } from "./objects.ts";
import { compareSchema } from "./schema.ts";

export interface Checked {
  checks: Check[];
  differences: Difference[];
}

/** Everything about the schema that is not a row. @param connection not in a transaction */
export async function checkSchema(connection: Connection, plan: Plan, catalog: SourceCatalog): Promise<Checked> {
  const tables = await compareSchema(connection, plan);
  const objects = await compareObjects(connection, plan);
  const sequences = await compareSequences(connection, plan, catalog);
  const constraints = plan.tables.flatMap((table) => table.constraints);
  const notValid = constraints.filter(({ validate }) => !validate).map(({ name }) => name);
  const foreign = constraints.filter(({ kind }) => kind === "foreign");
  const count = (kind: string) => plan.objects.filter((object) => object.kind === kind).length;
  const identities = plan.tables.flatMap(({ columns }) => columns.filter(({ identity }) => identity)).length;
  const ofSchema = tables.filter(({ kind }) => kind === "schema");
  const ofConstraints = tables.filter(({ kind }) => kind === "constraint");
  return {
    checks: [
      check(
        "schema",
        ofSchema,
        `${plan.tables.length} tables with their columns and ${count("index")} indexes are as planned`,
      ),
      check(
        "constraints",
        ofConstraints,
        `${constraints.length} constraints are as planned, ${foreign.length} of them foreign keys${
          notValid.length > 0 ? `; not valid, because the source breaks them: ${notValid.join(", ")}` : ""
        }`,
      ),
      check("views and triggers", objects, `${count("view")} views and ${count("trigger")} triggers are as planned`),
      check("sequences", sequences, `${identities} sequences go on behind the largest number`),
    ],
    differences: [...tables, ...objects, ...sequences],
  };
}
