import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../db/postgres/connection.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { databaseTarget } from "../../stack/targets.ts";
import type { Applied, Sabotage } from "./sabotage.ts";

type Outputs = Parameters<Sabotage["apply"]>[0];

/** The copy holds other rows than the backup should have: nothing of the repository is touched. */
const onRows =
  (damageRows: NonNullable<Applied["damageRows"]>): Sabotage["apply"] =>
  async (outputs) => ({ place: outputs.backup, damageRows, undo: async () => {} });

/** A stack that holds nothing yet has its markers, of which a drill writes some: they are damaged last. */
const largestTable = `SELECT n.nspname AS schema, c.relname AS name, c.oid::int AS oid, pg_relation_filepath(c.oid) AS file
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND pg_relation_size(c.oid) > 0 AND (n.nspname <> 'landfall' OR c.relname = 'marker')
  ORDER BY n.nspname = 'landfall', pg_relation_size(c.oid) DESC LIMIT 1`;

interface Table {
  schema: string;
  name: string;
  oid: number;
  file: string;
}

async function tableOf(connection: Connection): Promise<Table> {
  const [table] = await connection.query<Table>(largestTable);
  if (!table) throw new Error("the database has no table to damage");
  return table;
}

/** Where pages and rows are damaged without a trigger, a constraint or a statistic to tell. */
async function changeOneRow(connection: Connection): Promise<void> {
  const { schema, name, oid } = await tableOf(connection);
  const table = quoteQualified(schema, name);
  const [column] = await connection.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       AND format_type(a.atttypid, NULL) IN ('text', 'character varying', 'integer', 'bigint', 'numeric', 'double precision')
       AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey))
     ORDER BY a.attnum LIMIT 1`,
    [oid],
  );
  if (!column) throw new Error(`${name} has no column to change behind the verifier's back`);
  const field = quoteIdentifier(column.name);
  const isText = /^(text|character)/.test(column.type);
  const changed = isText ? `overlay(${field} placing '~' from 1 for 1)` : `${field} + 1`;
  await connection.query("SET session_replication_role = replica");
  const rows = await connection.query(
    `UPDATE ${table} SET ${field} = ${changed}
     WHERE ctid = (SELECT ctid FROM ${table} WHERE ${isText ? `${field} <> ''` : `${field} IS NOT NULL`} LIMIT 1) RETURNING 1`,
  );
  await connection.query("SET session_replication_role = origin");
  if (rows.length !== 1) throw new Error(`${name} has no row to change`);
}

async function flipPage(outputs: Outputs): Promise<Applied> {
  const table = await withConnection(databaseTarget(outputs, "migrator"), tableOf);
  return {
    place: outputs.backup,
    undo: async () => {},
    async damageFiles(copy) {
      const file = openSync(join(copy.data, table.file), "r+");
      const at = 4000;
      const byte = Buffer.alloc(1);
      if (readSync(file, byte, 0, 1, at) !== 1) throw new Error(`${table.name} has no page to damage`);
      byte[0] = (byte[0] ?? 0) ^ 0xff;
      writeSync(file, byte, 0, 1, at);
      closeSync(file);
    },
  };
}

const day = 24 * 3600 * 1000;

export const contentSabotages: Sabotage[] = [
  {
    name: "page-flipped",
    what: "one byte of a table's page is changed in its data file",
    expects: { assertion: "integrity: page checksums", cause: /page \d+ of base\/\d+\/\d+ does not fit its checksum/ },
    apply: flipPage,
  },
  {
    name: "table-emptied",
    what: "the backup holds one table without its rows",
    expects: { assertion: "content: rows and values", cause: /has [1-9]\d* rows in the source and 0 in the copy/ },
    apply: onRows(async (connection) => {
      const { schema, name } = await tableOf(connection);
      await connection.query(`TRUNCATE ${quoteQualified(schema, name)} CASCADE`);
    }),
  },
  {
    name: "row-changed",
    what: "one value of one row is changed, with triggers off and every count the same",
    expects: { assertion: "content: rows and values", cause: /has as many rows in both, but other values/ },
    apply: onRows(changeOneRow),
  },
  {
    name: "backup-too-old",
    what: "the backup is older than the objective",
    expects: { assertion: "source: backup is recent", cause: /is .* old, at most/ },
    apply: async (outputs, { backup }) => {
      const now = new Date(Date.parse(backup.endedAt) + outputs.drill.backupAgeObjectiveMs + day);
      return { place: outputs.backup, now, undo: async () => {} };
    },
  },
  {
    name: "target-outside-span",
    what: "the target is a time before the first backup",
    expects: { assertion: "source: target is within reach", cause: /is outside the recoverable span/ },
    to: new Date("2001-01-01T00:00:00Z"),
    apply: async (outputs) => ({ place: outputs.backup, undo: async () => {} }),
  },
];
