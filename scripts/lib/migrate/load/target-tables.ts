import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { quoteLiteral, quoteQualified } from "../../db/postgres/identifiers.ts";
import { describeTarget } from "../../db/postgres/target.ts";
import type { Plan } from "../model/plan.ts";

/** So many tables are asked about in one query. */
const step = 200;

/**
 * Refuses to load where the target has a table that is not there, or holds rows that are not this run's.
 * @param begun source tables of which this run has loaded a part
 * @param allowed target tables that may hold rows
 */
export async function refuseFilled(
  connection: Connection,
  { schema, tables }: Plan,
  begun: Set<string>,
  allowed: string[],
): Promise<void> {
  const asked = tables.filter(({ source, target }) => !begun.has(source) && !allowed.includes(target));
  const filled: string[] = [];
  for (let i = 0; i < asked.length; i += step) {
    const queries = asked
      .slice(i, i + step)
      .map(
        ({ target }) =>
          `SELECT ${quoteLiteral(target)} AS name WHERE EXISTS (SELECT FROM ${quoteQualified(schema, target)})`,
      );
    filled.push(...(await connection.query<{ name: string }>(queries.join(" UNION ALL "))).map(({ name }) => name));
  }
  if (filled.length === 0) return;
  const more = filled.length > 5 ? ` and ${filled.length - 5} more` : "";
  throw new LandfallError(
    "target",
    `${describeTarget(connection.target)} already has rows in ${filled.slice(0, 5).join(", ")}${more}`,
    "empty them, or name another database; an earlier migration of yours is undone with --restart",
  );
}
