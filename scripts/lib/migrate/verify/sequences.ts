import type { Connection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../../db/postgres/identifiers.ts";
import { numbersItself } from "../model/numbering.ts";
import type { Plan } from "../model/plan.ts";
import type { Difference } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";

interface Numbered {
  table: string;
  /** With its schema, quoted. */
  qualified: string;
  source: string;
  target: string;
  /** The largest that SQLite has given out, where it keeps that. */
  kept: string | null;
}

/** So many columns are asked about in one query: each keeps a lock to its end. */
const atOnce = 100;

/**
 * The next number that each identity column gives out has to be beyond every number that it holds, and beyond what SQLite
 * would have given out. Further on is no difference: numbers may have been taken since.
 */
export async function compareSequences(
  connection: Connection,
  plan: Plan,
  catalog: SourceCatalog,
): Promise<Difference[]> {
  const kept = new Map(catalog.tables.map(({ name, sequence }) => [name, sequence]));
  const columns: Numbered[] = plan.tables.flatMap((table) =>
    table.columns.filter(numbersItself).map(({ source, target }) => ({
      ...{ table: table.source, source, target },
      qualified: quoteQualified(plan.schema, table.target),
      kept: kept.get(table.source) ?? null,
    })),
  );
  const differences: Difference[] = [];
  for (let at = 0; at < columns.length; at += atOnce)
    differences.push(...(await compareSome(connection, columns.slice(at, at + atOnce))));
  return differences;
}

async function compareSome(connection: Connection, columns: Numbered[]): Promise<Difference[]> {
  const states = await readStates(connection, columns);
  return columns.flatMap((column, number) => {
    const state = states.get(number);
    if (!state) return [differs(column, "no sequence gives out its numbers", "a sequence", null)];
    const least =
      [state.max, column.kept].reduce(
        (most, value) => (value !== null && BigInt(value) > most ? BigInt(value) : most),
        0n,
      ) + 1n;
    if (BigInt(state.next) >= least) return [];
    const text = `its sequence gives out ${state.next} next, and ${least} is the first free number`;
    return [differs(column, text, String(least), state.next)];
  });
}

function differs({ table, source }: Numbered, text: string, expected: string | null, found: string | null): Difference {
  return {
    ...{ kind: "sequence", table, key: null, column: source, source: expected, target: found },
    text: `${table}.${source}: ${text}`,
  };
}

interface State {
  next: string;
  max: string | null;
}

/** By the column's place in the list; without those that no sequence belongs to. */
async function readStates(connection: Connection, columns: Numbered[]): Promise<Map<number, State>> {
  const names = await connection.query<{ number: number; name: string | null }>(
    `SELECT number, pg_get_serial_sequence("table", "column") AS name
       FROM json_to_recordset($1) AS one (number int, "table" text, "column" text)`,
    [JSON.stringify(columns.map(({ qualified, target }, number) => ({ number, table: qualified, column: target })))],
  );
  const queries = names.flatMap(({ number, name }) => {
    const column = columns[number];
    if (name === null || !column) return [];
    return `SELECT ${number} AS number,
              (s.last_value::numeric + CASE WHEN s.is_called THEN p.seqincrement ELSE 0 END)::text AS next,
              (SELECT max(${quoteIdentifier(column.target)}) FROM ONLY ${column.qualified})::text AS max
         FROM ${name} AS s, pg_catalog.pg_sequence AS p WHERE p.seqrelid = ${quoteLiteral(name)}::regclass`;
  });
  if (queries.length === 0) return new Map();
  const rows = await connection.query<State & { number: number }>(queries.join(" UNION ALL "));
  return new Map(rows.map(({ number, next, max }) => [number, { next, max }]));
}
