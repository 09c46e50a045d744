import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import type { TriggerParts } from "../sql/translate/trigger.ts";

/**
 * A function of PL/pgSQL and the trigger that calls it, both of one name.
 * @param parts.on the table or view as SQL
 */
export function triggerStatements(
  schema: string,
  name: string,
  { time, event, on, body }: TriggerParts & { on: string },
): string[] {
  const called = quoteQualified(schema, name);
  const tag = body.includes("$body$") ? `$body${body.length}$` : "$body$";
  // Names within the function mean what they meant when it was made, whoever calls it.
  const head = `CREATE OR REPLACE FUNCTION ${called}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS`;
  return [
    `${head} ${tag}\n${body}\n${tag}`,
    `CREATE TRIGGER ${quoteIdentifier(name)} ${time} ${event} ON ${on} FOR EACH ROW EXECUTE FUNCTION ${called}()`,
  ];
}
