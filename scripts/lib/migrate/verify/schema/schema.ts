import type { Connection } from "../../../db/postgres/connection.ts";
import { isServerError } from "../../../db/postgres/errors.ts";
import type { Plan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { compareTable, schemaDifference } from "./compare.ts";
import { plannedShapes } from "./shadow.ts";
import { readShapes, schemaOid } from "./shape.ts";

/** Temporary tables at once: each holds a lock until its transaction ends. */
const batch = 50;

/**
 * Compares the target's tables, their columns, constraints and indexes with the plan.
 * @param connection not in a transaction; temporary tables are made on it, and rolled back
 */
export async function compareSchema(connection: Connection, plan: Plan): Promise<Difference[]> {
  const oid = await schemaOid(connection, plan.schema);
  if (oid === null) return [schemaDifference(plan.schema, "there is no such schema", plan.schema, null)];
  const differences: Difference[] = [];
  for (let at = 0; at < plan.tables.length; at += batch) {
    const tables = plan.tables.slice(at, at + batch);
    await connection.query("BEGIN");
    try {
      const planned = await plannedShapes(connection, plan, tables);
      const found = await readShapes(
        connection,
        oid,
        tables.map(({ target }) => target),
      );
      for (const table of tables) {
        const shape = planned.get(table.target);
        if (shape) differences.push(...compareTable(plan, table, shape, found.get(table.target)));
      }
    } catch (error) {
      if (!isServerError(error)) throw error;
      const names = tables.map(({ source }) => source).join(", ");
      differences.push(schemaDifference(names, `cannot be made as planned: ${error.message}`, null, null));
    } finally {
      await connection.query("ROLLBACK");
    }
  }
  return [...differences, ...(await compareExtensions(connection, plan))];
}

async function compareExtensions(connection: Connection, { extensions }: Plan): Promise<Difference[]> {
  const rows = await connection.query<{ extname: string }>("SELECT extname FROM pg_extension");
  const there = new Set(rows.map(({ extname }) => extname));
  return extensions
    .filter((name) => !there.has(name))
    .map((name) => schemaDifference("extensions", `${name} is not installed`, name, null));
}
