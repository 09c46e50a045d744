import type { Connection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { numbersItself } from "../model/numbering.ts";
import type { Plan } from "../model/plan.ts";
import type { Difference } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";

/**
 * The next number that each identity column gives out has to be beyond every number that it holds, and beyond what SQLite
 * would have given out. Further on is no difference: numbers may have been taken since.
 */
export async function compareSequences(
  connection: Connection,
  plan: Plan,
  catalog: SourceCatalog,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const table of plan.tables) {
    const kept = catalog.tables.find(({ name }) => name === table.source)?.sequence ?? null;
    for (const { source, target } of table.columns.filter(numbersItself)) {
      const differs = (text: string, expected: string | null, found: string | null) =>
        differences.push({
          kind: "sequence",
          table: table.source,
          key: null,
          column: source,
          source: expected,
          target: found,
          text: `${table.source}.${source}: ${text}`,
        });
      const { name } = await connection.one<{ name: string | null }>("SELECT pg_get_serial_sequence($1, $2) AS name", [
        quoteQualified(plan.schema, table.target),
        target,
      ]);
      if (name === null) {
        differs("no sequence gives out its numbers", "a sequence", null);
        continue;
      }
      const state = await connection.one<{ next: string; max: string | null }>(
        `SELECT (s.last_value::numeric + CASE WHEN s.is_called THEN p.seqincrement ELSE 0 END)::text AS next,
                (SELECT max(${quoteIdentifier(target)}) FROM ONLY ${quoteQualified(plan.schema, table.target)})::text AS max
         FROM ${name} AS s, pg_catalog.pg_sequence AS p WHERE p.seqrelid = $1::regclass`,
        [name],
      );
      const least =
        [state.max, kept].reduce((most, value) => (value !== null && BigInt(value) > most ? BigInt(value) : most), 0n) +
        1n;
      if (BigInt(state.next) < least) {
        differs(
          `its sequence gives out ${state.next} next, and ${least} is the first free number`,
          String(least),
          state.next,
        );
      }
    }
  }
  return differences;
}
