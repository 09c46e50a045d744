import type { Connection } from "../../../db/postgres/connection.ts";
import { isServerError } from "../../../db/postgres/errors.ts";
import type { Plan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { compareTable, schemaDifference } from "./compare.ts";
import { indexesOf, plannedShapes } from "./shadow.ts";
import { readShapes, schemaOid, temporaryLast } from "./shape.ts";

export interface SchemaFindings {
  differences: Difference[];
  /** Constraints that cannot be validated and indexes that cannot be made, because of the rows; each with the reason. */
  refused: string[];
}

/** Temporary tables at once: each holds a lock until its transaction ends. */
const batch = 50;

/**
 * Compares the target's tables, their columns, constraints and indexes with the plan.
 * @param connection not in a transaction; temporary tables are made on it, and rolled back
 */
export async function compareSchema(connection: Connection, plan: Plan): Promise<SchemaFindings> {
  const oid = await schemaOid(connection, plan.schema);
  if (oid === null) {
    return { differences: [schemaDifference(plan.schema, "there is no such schema", plan.schema, null)], refused: [] };
  }
  const differences: Difference[] = [];
  const refused: string[] = [];
  const indexes = indexesOf(plan);
  for (let at = 0; at < plan.tables.length; at += batch) {
    const tables = plan.tables.slice(at, at + batch);
    await connection.query("BEGIN");
    try {
      await connection.query(temporaryLast);
      const planned = await plannedShapes(connection, plan, tables, indexes);
      const found = await readShapes(
        connection,
        oid,
        tables.map(({ target }) => target),
      );
      for (const table of tables) {
        const shape = planned.get(table.target);
        if (!shape) continue;
        for (const { difference, unless } of compareTable(plan, table, shape, found.get(table.target))) {
          const reason = unless && (await refusal(connection, unless.sql));
          if (unless && reason !== undefined) refused.push(`${unless.name} (${reason})`);
          else differences.push(difference);
        }
      }
    } catch (error) {
      if (!isServerError(error)) throw error;
      const names = tables.map(({ source }) => source).join(", ");
      differences.push(schemaDifference(names, `cannot be made as planned: ${error.message}`, null, null));
    } finally {
      await connection.query("ROLLBACK");
    }
  }
  return { differences: [...differences, ...(await compareExtensions(connection, plan))], refused };
}

/**
 * What the server says where the rows do not allow what was planned: they break a constraint, or a value is too long for an
 * index. Undefined where it is allowed, and so should be there. Tried, and rolled back.
 */
async function refusal(connection: Connection, sql: string): Promise<string | undefined> {
  await connection.query("SAVEPOINT trial; SET LOCAL lock_timeout = '10s'; SET LOCAL search_path TO DEFAULT");
  await connection.query(temporaryLast);
  try {
    await connection.queryRaw(sql);
    return undefined;
  } catch (error) {
    if (!isServerError(error)) throw error;
    return /^(23|54)/.test(error.code) ? error.message : undefined;
  } finally {
    await connection.query("ROLLBACK TO trial");
  }
}

async function compareExtensions(connection: Connection, { extensions }: Plan): Promise<Difference[]> {
  const rows = await connection.query<{ extname: string }>("SELECT extname FROM pg_extension");
  const there = new Set(rows.map(({ extname }) => extname));
  return extensions
    .filter((name) => !there.has(name))
    .map((name) => schemaDifference("extensions", `${name} is not installed`, name, null));
}
