import { join } from "node:path";
import { lastLines, run } from "../../../../machine/run.ts";
import { archiveNow } from "../../backup/wal.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import { databaseTarget } from "../../stack/targets.ts";
import { folderStore } from "../../store/folder.ts";
import { lastPassed } from "../evidence.ts";
import { type Clone, cloneStack } from "./clone.ts";
import { changePage, changeValue, parseCtid } from "./data-file.ts";
import type { Sabotage } from "./sabotage.ts";
import { isText, type LooseValue, largestTable, looseValues, type Table } from "./tables.ts";

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

/** The largest table with rows; a stack that holds nothing yet gets one. */
async function tableOf({ outputs, superuser }: Clone): Promise<Table> {
  const found = await withConnection(superuser, largestTable);
  if (found) return found;
  await withConnection(databaseTarget(outputs, "migrator"), (connection) =>
    connection.query(
      `CREATE TABLE public.sabotaged (id int PRIMARY KEY, note text);
       INSERT INTO public.sabotaged SELECT n, 'row ' || n FROM generate_series(1, 100) n`,
    ),
  );
  const made = await withConnection(superuser, largestTable);
  if (!made) throw new Error("the clone has no table to damage");
  return made;
}

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

/**
 * One value is changed in the data file itself, and its page given a checksum that fits: no trigger, no WAL, no statistic
 * tells of it. The backup and the WAL hold the row as it was.
 */
async function changeOneRow(clone: Clone, table: Table): Promise<void> {
  const candidates = await withConnection(clone.superuser, async (connection) => {
    // Otherwise it would be done by the first who reads the table, and the page be written anew.
    await connection.query(`VACUUM (FREEZE) ${quoteQualified(table.schema, table.name)}`);
    return looseValues(connection, table);
  });
  const file = join(clone.copy.data, table.file);
  await clone.whileStopped(async () => {
    await checksums(clone, "--disable");
    const changed = candidates.some(({ ctid, value, type }) => {
      const place = parseCtid(ctid);
      return changePage(file, place.page, (page) => changeValue(page, place, bytesOf(value, type), isText(type)));
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

/** As the data file holds it. */
function bytesOf(value: string, type: LooseValue["type"]): Buffer {
  if (isText(type)) return Buffer.from(value);
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
