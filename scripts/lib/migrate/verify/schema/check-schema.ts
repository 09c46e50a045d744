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
  const { differences: tables, refused } = await compareSchema(connection, plan);
  const objects = await compareObjects(connection, plan);
  const sequences = await compareSequences(connection, plan, catalog);
  const constraints = plan.tables.flatMap((table) => table.constraints);
  const notValid = constraints.filter(({ validate }) => !validate).map(({ name }) => name);
  const foreign = constraints.filter(({ kind }) => kind === "foreign");
  const count = (kind: string) => plan.objects.filter((object) => object.kind === kind).length;
  const identities = plan.tables.flatMap(({ columns }) => columns.filter(({ identity }) => identity)).length;
  const left = [
    ...(notValid.length > 0 ? [`not valid, because the source breaks them: ${notValid.join(", ")}`] : []),
    ...(refused.length > 0 ? [`not made, because the rows do not allow them: ${refused.join(", ")}`] : []),
  ];
  const ofSchema = tables.filter(({ kind }) => kind === "schema");
  const ofConstraints = tables.filter(({ kind }) => kind === "constraint");
  return {
    checks: [
      check(
        "schema",
        ofSchema,
        `as planned: tables with their columns ${plan.tables.length}, indexes ${count("index")}`,
      ),
      check(
        "constraints",
        ofConstraints,
        [`as planned: constraints ${constraints.length}, foreign keys among them ${foreign.length}`, ...left].join(
          "; ",
        ),
      ),
      check("views and triggers", objects, `as planned: views ${count("view")}, triggers ${count("trigger")}`),
      check("sequences", sequences, `sequences that go on behind the largest number: ${identities}`),
    ],
    differences: [...tables, ...objects, ...sequences],
  };
}
