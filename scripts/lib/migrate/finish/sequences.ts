import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../../db/postgres/identifiers.ts";
import { numbersItself } from "../model/numbering.ts";
import type { Plan } from "../model/plan.ts";
import type { FinishResult } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";

type SequenceResult = FinishResult["sequences"][number];

/** A column that numbers itself. */
interface Numbered {
  table: string;
  /** With its schema, quoted. */
  qualified: string;
  column: string;
  /** The largest that SQLite has given out, where it keeps that. */
  given: string | null;
}

/** A sequence, and the value that it goes on after. */
interface Sequence {
  sequence: string;
  last: string;
  most: string;
}

/** So many columns are asked about in one query: each keeps a lock to its end. */
const atOnce = 100;

/**
 * Sets each identity's sequence to go on after the largest value that SQLite has given out or the table holds, and proves it:
 * a row is inserted and rolled back, and its value has to be the next one.
 * @throws {LandfallError} target
 */
export async function setSequences(
  connection: Connection,
  plan: Plan,
  catalog: SourceCatalog,
): Promise<SequenceResult[]> {
  const given = new Map(catalog.tables.map(({ name, sequence }) => [name, sequence]));
  const all: Numbered[] = plan.tables.flatMap((table) =>
    table.columns.filter(numbersItself).map(({ target }) => ({
      table: table.target,
      qualified: quoteQualified(plan.schema, table.target),
      column: target,
      given: given.get(table.source) ?? null,
    })),
  );
  const results: SequenceResult[] = [];
  for (let at = 0; at < all.length; at += atOnce)
    results.push(...(await setSome(connection, all.slice(at, at + atOnce))));
  return results;
}

/** @returns the next value of each; one that has none left to give, the largest that its type holds being taken, is left out */
async function setSome(connection: Connection, columns: Numbered[]): Promise<SequenceResult[]> {
  const sequences = await findSequences(connection, columns);
  await connection.query(setAll(sequences));
  const open = sequences.flatMap((one, number) => (BigInt(one.last) < BigInt(one.most) ? [{ ...one, number }] : []));
  const got = await nextValues(
    connection,
    open.map(({ number, sequence, last }) => ({ number, sequence, last, column: columns[number] })),
  );
  await connection.query(setAll(sequences));
  return open.map(({ number, last }) => {
    const { table = "", qualified = "", column = "" } = columns[number] ?? {};
    const expected = (BigInt(last) + 1n).toString();
    const next = got.get(number);
    if (next === expected) return { table, column, next };
    throw new LandfallError(
      "target",
      `the next value of ${qualified}.${column} is ${next} and not ${expected}`,
      "see whether something else writes to the target",
    );
  });
}

async function findSequences(connection: Connection, columns: Numbered[]): Promise<Sequence[]> {
  const names = await connection.query<{ sequence: string | null }>(
    `SELECT pg_get_serial_sequence("table", "column") AS sequence
       FROM json_to_recordset($1) AS one (number int, "table" text, "column" text) ORDER BY number`,
    [JSON.stringify(columns.map(({ qualified, column }, number) => ({ number, table: qualified, column })))],
  );
  const queries = columns.map(({ qualified, column, given }, number) => {
    const sequence = names[number]?.sequence ?? null;
    if (sequence === null) {
      throw new LandfallError(
        "target",
        `${qualified}.${column} has no sequence of its own in the target`,
        "make it an identity column there, or take the identity out of the plan",
      );
    }
    return `SELECT ${number} AS number, ${quoteLiteral(sequence)} AS sequence, seqmax::text AS most,
              greatest(${given ?? "NULL"}::bigint, (SELECT max(${quoteIdentifier(column)}) FROM ${qualified}), 0)::text AS last
         FROM pg_catalog.pg_sequence WHERE seqrelid = ${quoteLiteral(sequence)}::regclass`;
  });
  return connection.query<Sequence>(
    `SELECT sequence, most, last FROM (${queries.join(" UNION ALL ")}) AS one ORDER BY number`,
  );
}

const setAll = (sequences: Sequence[]) =>
  sequences
    .map(({ sequence, last }) => `SELECT setval(${quoteLiteral(sequence)}, greatest(${last}, 1), ${last} > 0)`)
    .join(";\n");

/** The value of a row that is inserted and rolled back; where a bare row is not taken, of the sequence alone. By number. */
async function nextValues(
  connection: Connection,
  columns: { number: number; sequence: string; last: string; column: Numbered | undefined }[],
): Promise<Map<number, string>> {
  const list = columns.map(({ column, ...one }) => ({
    ...one,
    table: column?.qualified,
    name: quoteIdentifier(column?.column ?? ""),
  }));
  // Set again before each attempt: a trigger on another's row may have taken a number, which no rollback gives back.
  const body = `
    DECLARE
      one record;
      next bigint;
      found jsonb := '[]';
    BEGIN
      FOR one IN SELECT * FROM json_to_recordset(${quoteLiteral(JSON.stringify(list))})
                   AS x (number int, "table" text, name text, sequence text, last bigint) LOOP
        PERFORM setval(one.sequence::regclass, greatest(one.last, 1), one.last > 0);
        BEGIN
          EXECUTE 'INSERT INTO ' || one."table" || ' DEFAULT VALUES RETURNING ' || one.name INTO STRICT next;
        EXCEPTION WHEN OTHERS THEN
          -- A NOT NULL without a default, a CHECK, a foreign key.
          PERFORM setval(one.sequence::regclass, greatest(one.last, 1), one.last > 0);
          next := nextval(one.sequence::regclass);
        END;
        found := found || jsonb_build_array(jsonb_build_array(one.number, next::text));
      END LOOP;
      PERFORM set_config('landfall.next_values', found::text, true);
    END`;
  await connection.query("BEGIN");
  try {
    await connection.query(`DO ${quoteLiteral(body)}`);
    const { found } = await connection.one<{ found: string }>(
      "SELECT current_setting('landfall.next_values') AS found",
    );
    return new Map(JSON.parse(found) as [number, string][]);
  } finally {
    await connection.query("ROLLBACK");
  }
}
