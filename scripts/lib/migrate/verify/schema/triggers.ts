import type { Connection } from "../../../db/postgres/connection.ts";
import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import type { ObjectPlan } from "../../model/plan.ts";
import type { Difference } from "../../model/results.ts";
import { schemaDifference } from "./compare.ts";

interface Found {
  name: string;
  relation: string;
  view: boolean;
  definition: string;
  enabled: boolean;
  body: string;
}

/** The relation is left out of the definition, because the planned trigger is made on a stand-in for it. */
const read = `
SELECT t.tgname AS name, c.relname AS relation, c.relkind = 'v' AS view, t.tgenabled = 'O' AS enabled, p.prosrc AS body,
  replace(replace(pg_get_triggerdef(t.oid), ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' ', ' ON it '),
          ' ON pg_temp.' || quote_ident(c.relname) || ' ', ' ON it ') AS definition
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND (n.nspname = $1 OR $1 = 'pg_temp' AND n.oid = pg_my_temp_schema())`;

/** Every CREATE TRIGGER of the plan: is it there, switched on, the same, and does its function do the same? */
export async function compareTrigger(
  connection: Connection,
  schema: string,
  { name, sql }: ObjectPlan,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const there = await connection.query<Found>(read, [schema]);
  const functions = sql.filter((statement) => /^CREATE (OR REPLACE )?FUNCTION /.test(statement)).join("\n");
  for (const statement of sql.filter((text) => /^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER /.test(text))) {
    const found = there.find((trigger) => onIt(statement, schema, trigger));
    const differs = (text: string, target: string | null) =>
      differences.push(schemaDifference(name, `the trigger ${text}`, statement, target));
    if (!found) {
      differs("is not there", null);
      continue;
    }
    if (!found.enabled) differs("is switched off", "disabled");
    if (functions !== "" && !functions.includes(found.body))
      differs("calls a function that does something else", found.body);
    const planned = await plannedDefinition(connection, schema, statement, found);
    if (planned !== found.definition) differs(`is "${found.definition}"`, found.definition);
  }
  return differences;
}

/** Names stand in double quotes in a plan's SQL. */
const onIt = (statement: string, schema: string, { name, relation }: Found) =>
  statement.includes(`TRIGGER ${quoteIdentifier(name)} `) &&
  statement.includes(` ON ${quoteIdentifier(schema)}.${quoteIdentifier(relation)} `);

async function plannedDefinition(
  connection: Connection,
  schema: string,
  statement: string,
  { name, relation, view }: Found,
): Promise<string | undefined> {
  const own = `${quoteIdentifier(schema)}.${quoteIdentifier(relation)}`;
  const standIn = `pg_temp.${quoteIdentifier(relation)}`;
  await connection.queryRaw("SAVEPOINT stand_in");
  await connection.queryRaw(
    view
      ? `CREATE TEMP VIEW ${quoteIdentifier(relation)} AS SELECT * FROM ${own}`
      : `CREATE TEMP TABLE ${quoteIdentifier(relation)} (LIKE ${own})`,
  );
  await connection.queryRaw(statement.replace(` ON ${own} `, () => ` ON ${standIn} `));
  const rows = await connection.query<Found>(read, ["pg_temp"]);
  await connection.queryRaw("ROLLBACK TO stand_in");
  return rows.find((trigger) => trigger.name === name)?.definition;
}
