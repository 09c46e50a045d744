import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { numbersItself } from "../model/numbering.ts";
import type { Plan } from "../model/plan.ts";
import type { FinishResult } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";

type SequenceResult = FinishResult["sequences"][number];

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
  const results: SequenceResult[] = [];
  for (const table of plan.tables) {
    const given = catalog.tables.find(({ name }) => name === table.source)?.sequence ?? null;
    for (const column of table.columns.filter(numbersItself)) {
      const qualified = quoteQualified(plan.schema, table.target);
      const next = await setSequence(connection, qualified, column.target, given);
      if (next !== null) results.push({ table: table.target, column: column.target, next });
    }
  }
  return results;
}

/** @returns the next value; null where there is none left to give: the largest that the type holds is taken */
async function setSequence(
  connection: Connection,
  table: string,
  column: string,
  given: string | null,
): Promise<string | null> {
  const name = quoteIdentifier(column);
  const { sequence } = await connection.one<{ sequence: string | null }>(
    "SELECT pg_get_serial_sequence($1, $2) AS sequence",
    [table, column],
  );
  if (sequence === null) {
    throw new LandfallError(
      "target",
      `${table}.${column} has no sequence of its own in the target`,
      "make it an identity column there, or take the identity out of the plan",
    );
  }
  const { last, most } = await connection.one<{ last: string; most: string }>(
    `SELECT greatest($1::bigint, (SELECT max(${name}) FROM ${table}), 0)::text AS last,
            (SELECT seqmax::text FROM pg_sequence WHERE seqrelid = $2::regclass) AS most`,
    [given, sequence],
  );
  const set = () =>
    connection.query("SELECT setval($1::regclass, greatest($2::bigint, 1), $2::bigint > 0)", [sequence, last]);
  await set();
  if (BigInt(last) >= BigInt(most)) return null;
  const expected = (BigInt(last) + 1n).toString();
  const got = await nextValue(connection, { table, name, sequence }, set);
  await set();
  if (got === expected) return expected;
  throw new LandfallError(
    "target",
    `the next value of ${table}.${column} is ${got} and not ${expected}`,
    "see whether something else writes to the target",
  );
}

/** The value of a row that is inserted and rolled back; where a bare row is not taken, of the sequence alone. */
async function nextValue(
  connection: Connection,
  { table, name, sequence }: { table: string; name: string; sequence: string },
  reset: () => Promise<unknown>,
): Promise<string> {
  await connection.query("BEGIN");
  try {
    await connection.query("SAVEPOINT bare");
    try {
      const sql = `INSERT INTO ${table} DEFAULT VALUES RETURNING ${name}::text AS value`;
      const [row] = await connection.queryRaw<{ value: string }>(sql);
      if (row) return row.value;
    } catch {
      // A NOT NULL without a default, a CHECK, a foreign key. The attempt has used a value up, which no rollback gives back.
      await connection.query("ROLLBACK TO bare");
    }
    await reset();
    const { value } = await connection.one<{ value: string }>("SELECT nextval($1::regclass)::text AS value", [
      sequence,
    ]);
    return value;
  } finally {
    await connection.query("ROLLBACK");
  }
}
