import { Connection } from "../../db/postgres/connection.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Target } from "../../db/postgres/target.ts";
import { type Findings, NotApplicable } from "../assertions.ts";

/**
 * Group 5: the application could work with the copy.
 * @param pooler says how it is reached, and starts what it is reached through
 * @param way how that is, in words
 */
export async function checkUse(
  findings: Findings,
  pooler: () => Promise<Target> | Target,
  smokeQueries: string[],
  way = "through a pooler",
): Promise<void> {
  let connection: Connection | undefined;
  try {
    await findings.check("use: application logs in", async () => {
      connection = await Connection.open(await pooler(), "landfall drill");
      const { user } = await connection.one<{ user: string }>("SELECT current_user::text AS user");
      return `as ${user}, with today's password, ${way}`;
    });
    const app = connection;
    if (!app) return;
    await findings.check("use: application reads its tables", async () => {
      const tables = await app.query<{ schema: string; name: string }>(
        `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
           AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
      );
      if (tables.length === 0) throw new NotApplicable("it may read no table yet");
      for (const { schema, name } of tables) await app.query(`SELECT * FROM ${quoteQualified(schema, name)} LIMIT 1`);
      return `${tables.length} tables and views`;
    });
    await findings.check("use: smoke queries", async () => {
      if (smokeQueries.length === 0) throw new NotApplicable("none are configured (drill.smoke_queries)");
      for (const query of smokeQueries) {
        const [[answer, ...more] = [], ...rest] = await app.queryTexts(query);
        const isOneValue = more.length === 0 && rest.length === 0;
        if (isOneValue && answer === "f") throw new Error(`the answer is false: ${query}`);
      }
      return `${smokeQueries.length} queries, none false`;
    });
  } finally {
    await connection?.close();
  }
}
