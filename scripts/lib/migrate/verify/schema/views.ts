import type { Connection } from "../../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../../db/postgres/identifiers.ts";
import type { ObjectPlan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { schemaDifference } from "./compare.ts";
import { schemaOid } from "./shape.ts";

/** As with tables: the planned view is made as a temporary one, and the server writes both out. Inside a transaction. */
export async function compareView(
  connection: Connection,
  schema: string,
  { name, sql }: ObjectPlan,
): Promise<Difference[]> {
  const found = await definition(connection, await schemaOid(connection, schema), name);
  if (found === null) return [schemaDifference(name, "there is no such view", sql.join("; "), null)];
  const own = quoteQualified(schema, name);
  const create = /^CREATE (?:OR REPLACE )?VIEW /;
  for (const statement of sql.filter((text) => create.test(text))) {
    const temporary = statement.replace(create, "CREATE TEMP VIEW ").replace(own, () => quoteIdentifier(name));
    await connection.queryRaw(temporary);
  }
  const { oid } = await connection.one<{ oid: string }>("SELECT pg_my_temp_schema()::text AS oid");
  const planned = await definition(connection, oid, name);
  return planned === found ? [] : [schemaDifference(name, "the view is another one", planned, found)];
}

async function definition(connection: Connection, oid: string | null, name: string): Promise<string | null> {
  const [row] = await connection.query<{ text: string }>(
    `SELECT pg_get_viewdef(oid) AS text FROM pg_catalog.pg_class WHERE relnamespace = $1::oid AND relname = $2 AND relkind = 'v'`,
    [oid, name],
  );
  return row?.text ?? null;
}
