import { join } from "node:path";
import { lastLines, run } from "../../../../machine/run.ts";
import { archiveNow } from "../../backup/wal.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../db/postgres/identifiers.ts";
import { databaseTarget } from "../../stack/targets.ts";
import { folderStore } from "../../store/folder.ts";
import { lastPassed } from "../evidence.ts";
import { type Clone, cloneStack } from "./clone.ts";
import { changePage, changeValue, parseCtid } from "./data-file.ts";
import type { Sabotage } from "./sabotage.ts";

const asItIs: Sabotage["apply"] = async (outputs) => ({ place: outputs.backup, undo: async () => {} });

/** Breaks a clone of the stack, which is then what is drilled. */
const onClone =
  (damage: (clone: Clone, table: Table, drillOnce: () => Promise<void>) => Promise<void>): Sabotage["elsewhere"] =>
  async (outputs, drillOnce) => {
    const clone = await cloneStack(outputs);
    try {
      const table = await tableOf(clone);
      // Something has to be archived on the clone's own timeline before its recovery point can be told.
      await withConnection(databaseTarget(clone.outputs, "migrator"), archiveNow);
      await damage(clone, table, () => drillOnce(clone.outputs));
      return { outputs: clone.outputs, undo: clone.undo };
    } catch (error) {
      await clone.undo();
      throw error;
    }
  };

interface Table {
  schema: string;
  name: string;
  oid: number;
  file: string;
}

/** The largest table with rows; a stack that holds nothing yet gets one. */
async function tableOf({ outputs, superuser }: Clone): Promise<Table> {
  const largest = () =>
    withConnection(superuser, (connection) =>
      connection.query<Table>(
        `SELECT n.nspname AS schema, c.relname AS name, c.oid::int AS oid, pg_relation_filepath(c.oid) AS file
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'landfall')
         ORDER BY pg_relation_size(c.oid) DESC`,
      ),
    );
  for (const table of await largest()) if (await hasRows(superuser, table)) return table;
  await withConnection(databaseTarget(outputs, "migrator"), (connection) =>
    connection.query(
      `CREATE TABLE public.sabotaged (id int PRIMARY KEY, note text);
       INSERT INTO public.sabotaged SELECT n, 'row ' || n FROM generate_series(1, 100) n`,
    ),
  );
  const [made] = await largest();
  if (!made) throw new Error("the clone has no table to damage");
  return made;
}

const hasRows = (target: Clone["superuser"], { schema, name }: Table): Promise<boolean> =>
  withConnection(target, async (connection) => {
    const { found } = await connection.one<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM ${quoteQualified(schema, name)}) AS found`,
    );
    return found;
  });

/** The backup is taken after the table was emptied: only what an earlier drill has seen can tell. */
async function emptyTable(clone: Clone, table: Table, drillOnce: () => Promise<void>): Promise<void> {
  const { schema, name } = table;
  const records = folderStore(clone.outputs.backup.records);
  const rowsBefore = async () => (await lastPassed(records))?.rows[`${schema}.${name}`] ?? "0";
  if ((await rowsBefore()) === "0") await drillOnce();
  if ((await rowsBefore()) === "0") throw new Error(`no drill has passed that saw rows in ${schema}.${name}`);
  await withConnection(clone.superuser, (connection) =>
    connection.query(`TRUNCATE ${quoteQualified(schema, name)} CASCADE`),
  );
  await clone.backUp();
}

/** A page rots on the disk, and is backed up like that. */
async function flipPage(clone: Clone, table: Table): Promise<void> {
  await clone.whileStopped(() => {
    const flipped = changePage(join(clone.copy.data, table.file), 0, (page) => {
      page[4000] = (page[4000] ?? 0) ^ 0xff;
      return true;
    });
    if (!flipped) throw new Error(`${table.name} has no page to damage`);
  });
  await clone.backUp();
}

interface Candidate {
  ctid: string;
  value: string;
  bytes: Buffer;
  isText: boolean;
}

/**
 * One value is changed in the data file itself, and its page given a checksum that fits: no trigger, no WAL, no statistic
 * tells of it. The backup and the WAL hold the row as it was.
 */
async function changeOneRow(clone: Clone, table: Table): Promise<void> {
  const candidates = await withConnection(clone.superuser, async (connection) => {
    // Otherwise it would be done by the first who reads the table, and the page be written anew.
    await connection.query(`VACUUM (FREEZE) ${quoteQualified(table.schema, table.name)}`);
    return candidatesOf(connection, table);
  });
  const file = join(clone.copy.data, table.file);
  await clone.whileStopped(async () => {
    await checksums(clone, "--disable");
    const changed = candidates.some(({ ctid, bytes, isText }) => {
      const place = parseCtid(ctid);
      return changePage(file, place.page, (page) => changeValue(page, place, bytes, isText));
    });
    if (!changed) throw new Error(`${table.name} has no value that could be changed behind the verifier's back`);
    await checksums(clone, "--enable");
  });
}

async function checksums({ copy, outputs }: Clone, how: "--disable" | "--enable"): Promise<void> {
  const { serverBin, account } = outputs.backup.run;
  const result = await run(join(serverBin, "pg_checksums"), [how, "--pgdata", copy.data], { account });
  if (result.code !== 0) throw new Error(`pg_checksums ${how}: ${lastLines(result)}`);
}

/** Values of columns that no index has, and how they stand in the data file. */
async function candidatesOf(connection: Connection, { schema, name, oid }: Table): Promise<Candidate[]> {
  const columns = await connection.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       AND format_type(a.atttypid, NULL) IN ('text', 'character varying', 'integer', 'bigint')
       AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey))
     ORDER BY format_type(a.atttypid, NULL) IN ('text', 'character varying') DESC, a.attnum`,
    [oid],
  );
  const candidates: Candidate[] = [];
  for (const { name: column, type } of columns) {
    const field = quoteIdentifier(column);
    const isText = !/int/.test(type);
    const usable = isText ? `octet_length(${field}) BETWEEN 3 AND 100` : `${field} > 0`;
    const rows = await connection.query<{ ctid: string; value: string }>(
      `SELECT ctid::text AS ctid, ${field}::text AS value FROM ONLY ${quoteQualified(schema, name)} WHERE ${usable} LIMIT 100`,
    );
    candidates.push(...rows.map((row) => ({ ...row, isText, bytes: bytesOf(row.value, type) })));
  }
  return candidates;
}

function bytesOf(value: string, type: string): Buffer {
  if (!/int/.test(type)) return Buffer.from(value);
  const bytes = Buffer.alloc(type === "bigint" ? 8 : 4);
  if (type === "bigint") bytes.writeBigInt64LE(BigInt(value));
  else bytes.writeInt32LE(Number(value));
  return bytes;
}

const day = 24 * 3600 * 1000;

export const contentSabotages: Sabotage[] = [
  {
    name: "page-flipped",
    what: "in a clone, one byte of a table's page is changed in its data file, and a backup taken",
    expects: { assertion: "integrity: page checksums", cause: /page \d+ of base\/\d+\/\d+ does not fit its checksum/ },
    elsewhere: onClone(flipPage),
    apply: asItIs,
  },
  {
    name: "table-emptied",
    what: "in a clone, a table is emptied, and a backup taken",
    expects: { assertion: "content: no table was emptied", cause: /is empty and had [1-9]\d* rows in the drill of/ },
    elsewhere: onClone(emptyTable),
    apply: asItIs,
  },
  {
    name: "row-changed",
    what: "in a clone, one value of one row is changed in its data file, with a checksum that fits",
    expects: { assertion: "content: rows and values", cause: /has as many rows in both, but other values/ },
    elsewhere: onClone(changeOneRow),
    apply: asItIs,
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
    apply: asItIs,
  },
];
