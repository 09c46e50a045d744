import type { Connection } from "../../db/postgres/connection.ts";

/**
 * What a migration keeps in the target, in the schema `landfall`, so that it is true together with the rows that it tells of.
 * Others keep tables of theirs in the same schema.
 */
const ddl = `
  CREATE SCHEMA IF NOT EXISTS landfall;

  CREATE TABLE IF NOT EXISTS landfall.run (
    run_id text PRIMARY KEY,
    source text NOT NULL,
    -- Of the snapshot: a run goes on with the same bytes only.
    sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('loading', 'loaded', 'finished')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  );

  -- Statements of a run that are done, each written in the statement's own transaction: the tables before the rows, and what
  -- comes after them. The run enters itself in between.
  CREATE TABLE IF NOT EXISTS landfall.made_statement (
    run_id text NOT NULL,
    -- SHA-256 of the statement, hex.
    digest text NOT NULL,
    target_schema text NOT NULL,
    -- Null for what is no table.
    target_table text,
    PRIMARY KEY (run_id, digest)
  );

  -- A piece of a table, written in the transaction that loads its rows.
  CREATE TABLE IF NOT EXISTS landfall.chunk (
    run_id text NOT NULL REFERENCES landfall.run ON DELETE CASCADE,
    source_table text NOT NULL,
    chunk integer NOT NULL,
    -- Rowids, both within; null where the table is one piece.
    first_rowid bigint,
    last_rowid bigint,
    loaded bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, source_table, chunk)
  );

  CREATE TABLE IF NOT EXISTS landfall.quarantine (
    run_id text NOT NULL REFERENCES landfall.run ON DELETE CASCADE,
    source_table text NOT NULL,
    chunk integer NOT NULL,
    number integer NOT NULL,
    -- Rowid or primary key, by name.
    key json NOT NULL,
    -- The first column that did not fit; null where the server refused the row as a whole.
    source_column text,
    storage_class text,
    reason text NOT NULL,
    -- Every value of the row: {"class": …, "value": …, "hex": …}.
    "row" json NOT NULL,
    PRIMARY KEY (run_id, source_table, chunk, number)
  );

  CREATE TABLE IF NOT EXISTS landfall.load_manifest (
    run_id text NOT NULL REFERENCES landfall.run ON DELETE CASCADE,
    source_table text NOT NULL,
    target_schema text NOT NULL,
    target_table text NOT NULL,
    rows bigint NOT NULL,
    loaded bigint NOT NULL,
    quarantined bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (run_id, source_table)
  );

  -- What stood on the target's tables before the load and was taken away for it.
  CREATE TABLE IF NOT EXISTS landfall.set_aside (
    run_id text NOT NULL REFERENCES landfall.run ON DELETE CASCADE,
    number integer GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('foreign key', 'index', 'trigger')),
    name text NOT NULL,
    -- Puts it back.
    sql text NOT NULL,
    -- For a foreign key that was valid.
    validate_sql text,
    PRIMARY KEY (run_id, number)
  );
`;

/** Makes what is not there yet. Two at once would trip over each other, so it holds the lock of the schema's making. */
export async function ensureControlSchema(connection: Connection): Promise<void> {
  await connection.transaction(async () => {
    await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('landfall control schema', 0))");
    await connection.query(ddl);
  });
}

/** Whether a migration was ever here. */
export async function hasControlSchema(connection: Connection): Promise<boolean> {
  const row = await connection.one<{ found: boolean }>("SELECT to_regclass('landfall.run') IS NOT NULL AS found");
  return row.found;
}
