import type { Connection } from "./postgres/connection.ts";
import { toTargetError } from "./postgres/errors.ts";
import { quoteIdentifier, quoteQualified } from "./postgres/identifiers.ts";

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
 * Which form of a row is hashed. Text is the same in every server and version. Binary is exact to the bit and about eight times
 * faster, but names types by their number: only for copies of the same cluster.
 */
export type RowForm = "text" | "binary";

const textHash = "hashtextextended(t::text, 0)";
const wholeRowHash = "hash_record_extended(ROW(record_send(t)), 0)";
/** Each text nests its hash into the next one's. */
const mostTexts = 50;

/**
 * How a row of the table is hashed in binary form. Texts are hashed where they lie, which spares copying them; each hash is the
 * seed of the next, and the first seed is that of the other columns and of which texts are null. So values of two rows cannot
 * change places unseen, which they could if a row's hash were a sum. Types whose own hash is the same for values that are written
 * differently (numeric, float, interval, bpchar, jsonb), or folds two halves into one (bigint, timestamps), are hashed as sent.
 */
async function binaryHash(connection: Connection, table: string): Promise<string> {
  const columns = await connection.query<{ name: string; kind: "text" | "exact" | "sent" }>(
    `SELECT a.attname AS name,
       CASE WHEN a.atttypid = ANY ('{text,varchar}'::regtype[]) AND k.collisdeterministic THEN 'text'
            WHEN a.atttypid = ANY ('{bool,int2,int4,oid,date,uuid}'::regtype[]) THEN 'exact' ELSE 'sent' END AS kind
     FROM pg_attribute a LEFT JOIN pg_collation k ON k.oid = a.attcollation
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table],
  );
  const of = (wanted: string) =>
    columns.filter(({ kind }) => kind === wanted).map(({ name }) => `t.${quoteIdentifier(name)}`);
  const texts = of("text");
  if (texts.length === 0 || texts.length > mostTexts) return wholeRowHash;
  const sent = of("sent");
  const others = [
    ...of("exact"),
    ...(sent.length > 0 ? [`record_send(ROW(${sent.join(", ")}))`] : []),
    ...texts.map((text) => `${text} IS NULL`),
  ];
  const seed = `hash_record_extended(ROW(${others.join(", ")}), 0)`;
  return texts.reduce((hash, text) => `hashtextextended(coalesce(${text}::text, ''), ${hash})`, seed);
}

/**
 * Takes the fingerprint of what the connection's transaction sees. A digest is the sum of a 64-bit hash of each row: the order
 * of rows does not matter, a doubled or lost row does.
 * @param form binary only inside a transaction
 */
export async function fingerprint(
  connection: Connection,
  onTable: (done: number, of: number) => void,
  form: RowForm = "text",
): Promise<Fingerprint> {
  const result: Fingerprint = { tables: {}, sequences: {} };
  const tables = await listTables(connection);
  for (const [done, [schema, name]] of tables.entries()) {
    onTable(done, tables.length);
    const digest = form === "binary" ? binaryDigest : textDigest;
    result.tables[`${schema}.${name}`] = await digest(connection, quoteQualified(schema, name));
  }
  result.sequences = await readSequences(connection);
  return result;
}

type Digest = Fingerprint["tables"][string];

async function digestOf(connection: Connection, table: string, hash: string): Promise<Digest> {
  const [row] = await connection.queryRaw<Digest>(
    `SELECT count(*)::text AS rows, coalesce(sum(${hash}), 0)::text AS digest FROM ONLY ${table} t`,
  );
  if (!row) throw new Error(`no count came back of ${table}`);
  return row;
}

async function textDigest(connection: Connection, table: string): Promise<Digest> {
  try {
    return await digestOf(connection, table, textHash);
  } catch (error) {
    throw toTargetError(error, connection.target);
  }
}

/** Says in the digest which form it is of: some types, such as aclitem, have no binary form. */
async function binaryDigest(connection: Connection, table: string): Promise<Digest> {
  const hash = await binaryHash(connection, table);
  await connection.query("SAVEPOINT binary_digest");
  try {
    const { rows, digest } = await digestOf(connection, table, hash);
    return { rows, digest: `${binaryMark} ${digest}` };
  } catch (error) {
    if ((error as { code?: string }).code !== undefinedFunction) throw toTargetError(error, connection.target);
    await connection.query("ROLLBACK TO SAVEPOINT binary_digest");
    return textDigest(connection, table);
  }
}

const undefinedFunction = "42883";
/** A form of its own: digests by another one would differ for equal rows. */
const binaryMark = "seeded";

/** Whether it can be compared with what is read now; rows were hashed in another way once. */
export const isOfToday = ({ tables }: Pick<Fingerprint, "tables">): boolean =>
  Object.values(tables).every(({ digest }) => !digest.includes(" ") || digest.startsWith(`${binaryMark} `));

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
