import type { Connection } from "../../db/postgres/connection.ts";
import type { Plan } from "../model/plan.ts";
import type { Difference, VerifyResult } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import { compareObjects } from "./schema/objects.ts";
import { compareSchema } from "./schema/schema.ts";
import { compareSequences } from "./sequences.ts";

export type Check = VerifyResult["checks"][number];

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

/** @param holds what is said where nothing differs */
export function check(name: string, differences: Difference[], holds: string): Check {
  const [first] = differences;
  if (!first) return { name, passed: true, detail: holds };
  const more = differences.length > 1 ? ` and ${differences.length - 1} more` : "";
  return { name, passed: false, detail: `${first.text}${more}` };
}
