import { writeMarker } from "../../../backup/marker.ts";
import type { RdsPlace } from "../../../backup/rds/client.ts";
import { removeInstance } from "../../../backup/rds/instances.ts";
import type { Patience } from "../../../backup/rds/wait.ts";
import { LandfallError, messageOf } from "../../../cli/errors.ts";
import { silentReporter } from "../../../cli/reporter.ts";
import { type Connection, withConnection } from "../../../db/postgres/connection.ts";
import { quoteQualified } from "../../../db/postgres/identifiers.ts";
import type { RdsStack } from "../../../stack/beside.ts";
import { databaseTarget } from "../../../stack/targets.ts";
import { isText, largestTable, looseValues, type Table } from "../tables.ts";
import type { Known, RdsSabotage } from "./sabotage.ts";

/**
 * Damages the drill's copy, after it has made sure that it is none but the copy: a row that is written to the source at this
 * moment is not there.
 * @param name the copy's
 * @throws {LandfallError} refused, where the row is there
 */
export async function damageCopy(
  outputs: RdsStack,
  copy: Connection,
  name: string,
  { sabotage: { damage, ...sabotage }, known }: { sabotage: RdsSabotage; known: Known },
): Promise<void> {
  if (!damage) return;
  const note = `before the sabotage of ${name}`;
  const { id } = await withConnection(databaseTarget(outputs, "migrator"), (source) => writeMarker(source, note));
  // By its id: two copies that are made within a second have the same name.
  const found = await copy.query("SELECT FROM landfall.marker WHERE id = $1", [id]);
  if (found.length > 0) {
    throw new LandfallError(
      "refused",
      `what answers at the address of ${name} is the source itself: nothing was damaged`,
      "check where that address leads",
    );
  }
  try {
    await damage(copy, known);
  } catch (error) {
    throw new Error(`the sabotage ${sabotage.name} could not be made: ${messageOf(error)}`, { cause: error });
  }
}

async function tableOf(copy: Connection): Promise<Table> {
  const table = await largestTable(copy);
  if (table) return table;
  throw new Error("no table holds a row");
}

/** Only what an earlier drill has seen can tell. */
export async function emptyTable(copy: Connection, { earlier }: Known): Promise<void> {
  const { schema, name } = await tableOf(copy);
  if ((earlier?.rows[`${schema}.${name}`] ?? "0") === "0") {
    throw new Error(`no drill has passed that saw rows in ${schema}.${name}; npm run drill has to pass first`);
  }
  await copy.query(`TRUNCATE ${quoteQualified(schema, name)} CASCADE`);
}

/** One value of one row, past the table's triggers. */
export async function changeOneRow(copy: Connection): Promise<void> {
  const table = await tableOf(copy);
  const quoted = quoteQualified(table.schema, table.name);
  for (const { column, type, ctid } of await looseValues(copy, table)) {
    const text = `CASE left(${column}, 1) WHEN 'x' THEN 'y' ELSE 'x' END || substr(${column}, 2)`;
    const other = isText(type) ? text : `${column} - 1`;
    const update = `UPDATE ONLY ${quoted} SET ${column} = ${other} WHERE ctid = '${ctid}' RETURNING 1`;
    await copy.query(`BEGIN; ALTER TABLE ${quoted} DISABLE TRIGGER USER`);
    // A constraint may forbid it: then another value is taken.
    const changed = await copy.query(update).catch(() => []);
    if (changed.length > 0) {
      await copy.query(`ALTER TABLE ${quoted} ENABLE TRIGGER USER; COMMIT`);
      return;
    }
    await copy.query("ROLLBACK");
  }
  throw new Error(`${table.schema}.${table.name} has no value that could be changed`);
}

/** As where recovery ended before the target. */
export async function loseMarker(copy: Connection, { whereabouts }: Known): Promise<void> {
  if (!whereabouts.moment) throw new Error("the drill has marked no moment of its own");
  await copy.query("DELETE FROM landfall.marker WHERE id >= $1", [whereabouts.moment.markers.before]);
}

/** Somebody deletes the instance while RDS makes it. */
export const deleteCopy = (place: RdsPlace, name: string, patience: Patience): Promise<void> =>
  removeInstance(place, name, "drill", patience, silentReporter);
