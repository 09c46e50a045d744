import { setTimeout as sleep } from "node:timers/promises";
import type { StackOutputs } from "../../../../infra/contract.ts";
import { ensureControlTables } from "../../backup/control-schema.ts";
import { writeMarker } from "../../backup/marker.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { listTables, readSequences } from "../../db/fingerprint.ts";
import { Connection, withConnection } from "../../db/postgres/connection.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import { databaseTarget } from "../../stack/targets.ts";
import type { Content } from "../source.ts";
import { readContent } from "./content.ts";

/** A whole second of the source, which RDS can restore to, and what the source held then. */
export interface Second {
  time: Date;
  markers: { before: string; after: string };
  content: Content;
}

const attempts = 5;

/**
 * Chooses a second and reads what the source holds at it. RDS has no restore points and restores to whole seconds: so all
 * tables are locked against writing (SHARE) from a little before a second until just after it, less than a second in all, and
 * what is read is exact. The reading itself then holds no lock that anyone waits for.
 */
export async function markSecond(outputs: StackOutputs, id: string, reporter: Reporter): Promise<Second> {
  const target = databaseTarget(outputs, "migrator");
  const reader = await Connection.open(target, "landfall drill");
  try {
    await ensureControlTables(reader);
    const { sequences, ...second } = await withConnection(target, (locker) => hold(locker, reader, id));
    const { rows, catalog } = await readContent(reader, "reading the source", reporter);
    await reader.query("COMMIT");
    return { ...second, content: { rows: { ...rows, sequences }, catalog } };
  } finally {
    await reader.close();
  }
}

async function hold(locker: Connection, reader: Connection, id: string) {
  const before = await writeMarker(locker, `before ${id}`);
  const tables = await listTables(locker);
  for (let attempt = 1; ; attempt++) {
    // By the server's clock, which stamps the commits that recovery stops at.
    await locker.query(
      "SELECT pg_sleep(mod(1.6 - mod(extract(epoch FROM clock_timestamp())::numeric, 1), 1)::double precision)",
    );
    await locker.query("BEGIN; SET LOCAL lock_timeout = '2s'");
    try {
      for (const [schema, table] of tables) {
        await locker.queryRaw(`LOCK TABLE ONLY ${quoteQualified(schema, table)} IN SHARE MODE`);
      }
      await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await reader.query("SELECT 1");
      // Now and not later: sequences go on while the snapshot is read.
      const sequences = await readSequences(locker);
      const { epoch } = await locker.one<{ epoch: string }>(
        "SELECT (floor(extract(epoch FROM clock_timestamp())) + 1)::text AS epoch",
      );
      await locker.query("SELECT pg_sleep($1::numeric - extract(epoch FROM clock_timestamp())::numeric + 0.05)", [
        epoch,
      ]);
      await locker.query("COMMIT");
      const after = await writeMarker(locker, `after ${id}`);
      return { time: new Date(Number(epoch) * 1000), sequences, markers: { before: before.id, after: after.id } };
    } catch (error) {
      await locker.query("ROLLBACK");
      await reader.query("ROLLBACK");
      if ((error as { code?: string }).code !== "55P03" || attempt === attempts) throw error;
      await sleep(500 * attempt);
    }
  }
}
