import type { Connection } from "./postgres/connection.ts";
import { quoteQualified } from "./postgres/identifiers.ts";

/** What a database holds, in few words: equal fingerprints, equal content. */
export interface Fingerprint {
  /** Rows and a digest over all values of each table, by `schema.table`. */
  tables: Record<string, { rows: string; digest: string }>;
  /** Last value given out by each sequence, null where none was, and its step. */
  sequences: Record<string, { last: string | null; step: string }>;
}

const userSchemas = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";

/** The tables with rows of their own: `schema.table`, partitions included, their parents not. */
export async function listTables(connection: Connection): Promise<[schema: string, table: string][]> {
  const rows = await connection.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND ${userSchemas} ORDER BY 1, 2`,
  );
  return rows.map(({ schema, name }) => [schema, name]);
}

/**
 * Takes the fingerprint of what the connection's transaction sees. A digest is the sum of a 64-bit hash of each row's text
 * form: the order of rows does not matter, a doubled or lost row does.
 */
export async function fingerprint(
  connection: Connection,
  onTable: (done: number, of: number) => void,
): Promise<Fingerprint> {
  const result: Fingerprint = { tables: {}, sequences: {} };
  const tables = await listTables(connection);
  for (const [done, [schema, name]] of tables.entries()) {
    onTable(done, tables.length);
    const row = await connection.one<{ rows: string; digest: string }>(
      `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS digest
       FROM ONLY ${quoteQualified(schema, name)} t`,
    );
    result.tables[`${schema}.${name}`] = row;
  }
  result.sequences = await readSequences(connection);
  return result;
}

/** Where the sequences stand now: they are no part of a transaction's snapshot. */
export async function readSequences(connection: Connection): Promise<Fingerprint["sequences"]> {
  const sequences = await connection.query<{ name: string; last: string | null; step: string }>(
    `SELECT format('%s.%s', schemaname, sequencename) AS name, last_value::text AS last, increment_by::text AS step
     FROM pg_sequences ORDER BY 1`,
  );
  return Object.fromEntries(sequences.map(({ name, ...state }) => [name, state]));
}

/** Where two fingerprints differ, in words; empty where they are equal. */
export const compareFingerprints = (source: Fingerprint, copy: Fingerprint): string[] => [
  ...compareRows(source, copy),
  ...compareSequences(source, copy),
];

/** Where their tables differ. */
export function compareRows(source: Pick<Fingerprint, "tables">, copy: Pick<Fingerprint, "tables">): string[] {
  const differences: string[] = [];
  for (const name of new Set([...Object.keys(source.tables), ...Object.keys(copy.tables)])) {
    const [a, b] = [source.tables[name], copy.tables[name]];
    if (!a || !b) differences.push(`the table ${name} is only in the ${a ? "source" : "copy"}`);
    else if (a.rows !== b.rows) differences.push(`${name} has ${a.rows} rows in the source and ${b.rows} in the copy`);
    else if (a.digest !== b.digest) differences.push(`${name} has as many rows in both, but other values`);
  }
  return differences;
}

/** Where the copy's sequences are behind. */
export function compareSequences(
  source: Pick<Fingerprint, "sequences">,
  copy: Pick<Fingerprint, "sequences">,
): string[] {
  return Object.entries(source.sequences).flatMap(([name, { last, step }]) => {
    const there = copy.sequences[name]?.last ?? null;
    if (!isBehind(there, last, BigInt(step))) return [];
    return [`the sequence ${name} is at ${last} in the source and behind it, at ${there ?? "its start"}, in the copy`];
  });
}

/**
 * A recovered sequence may be ahead: PostgreSQL writes it to the WAL 32 values in advance. Behind it must never be: it
 * would give a number out twice.
 */
function isBehind(copy: string | null, source: string | null, step: bigint): boolean {
  if (source === null) return false;
  return copy === null || (BigInt(copy) - BigInt(source)) * step < 0n;
}
