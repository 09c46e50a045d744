import { existsSync } from "node:fs";
import { loadMigrationFiles, migrate } from "postgres-migrations";
import { LandfallError, messageOf } from "../cli/errors.ts";
import { Connection } from "../db/postgres/connection.ts";
import type { Target } from "../db/postgres/target.ts";
import { appliedBefore, clientFor } from "./own-schema.ts";

/** What a deployment did, or would do. */
export interface Deployment {
  /** Names of the files that were applied now, in their order. */
  applied: string[];
  /** How many were applied before. */
  before: number;
}

/**
 * Applies the files of a folder that were not applied yet: `001_name.sql`, `002_…`, numbered without a gap, each in a
 * transaction of its own. What is applied is kept with its hash in a schema of its own; a file that was changed since is
 * refused. A lock of the server's lets one deployment run at a time.
 * @throws {LandfallError} usage, where the folder or a file is not as it should be; target, where the server refuses
 */
export async function deployFiles(target: Target, folder: string, dryRun = false): Promise<Deployment> {
  if (!existsSync(folder))
    throw new LandfallError("usage", `there is no folder ${folder}`, "name the folder of the .sql files");
  const files = await readFiles(folder);
  const connection = await Connection.open(target, "landfall-deploy-schema");
  try {
    const done = await appliedBefore(connection);
    if (dryRun)
      return {
        applied: files.filter(({ id }) => id > 0 && !done.has(id)).map(({ fileName }) => fileName),
        before: count(done),
      };
    const own = files.filter(({ id }) => id > 0).map(({ sql }) => sql);
    const applied = await migrate({ client: await clientFor(connection, own) }, folder);
    return { applied: applied.filter(({ id }) => id > 0).map(({ fileName }) => fileName), before: count(done) };
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    const reason = messageOf(error).replace(/^Migration failed\. Reason: /, "");
    throw new LandfallError(
      "target",
      `the schema could not be deployed: ${reason}`,
      "mend the file that is named; nothing of it was kept",
      {
        cause: error,
      },
    );
  } finally {
    await connection.close();
  }
}

async function readFiles(folder: string): Promise<Awaited<ReturnType<typeof loadMigrationFiles>>> {
  try {
    return await loadMigrationFiles(folder);
  } catch (error) {
    throw new LandfallError(
      "usage",
      `the files in ${folder} cannot be used: ${messageOf(error)}`,
      "call them 001_name.sql, 002_name.sql and so on, without a gap",
      { cause: error },
    );
  }
}

const count = (done: Set<number>): number => [...done].filter((id) => id > 0).length;
