import { setTimeout as sleep } from "node:timers/promises";
import { LandfallError } from "../../cli/errors.ts";
import { Connection } from "../../db/postgres/connection.ts";
import { describeTarget, type Target } from "../../db/postgres/target.ts";
import { ensureControlSchema } from "./schema.ts";

/** Which run it is, and of what. */
export interface RunIdentity {
  runId: string;
  source: string;
  /** Of the snapshot. */
  sha256: string;
}

/** What one piece of a table came to. */
export interface ChunkRecord {
  table: string;
  chunk: number;
  loaded: number;
  quarantined: number;
  bytes: number;
}

/** What is shown in pg_stat_activity for all connections of a run: by it the next process of the same run finds leftovers. */
export const applicationName = (runId: string) => `landfall ${runId}`;

/**
 * The control schema of one run, over a connection that holds the target's lock: one migration at a time.
 * Closing it lets the lock go.
 */
export class Control {
  readonly connection: Connection;
  readonly runId: string;

  private constructor(connection: Connection, runId: string) {
    this.connection = connection;
    this.runId = runId;
  }

  /**
   * Makes the control schema where there is none, takes the lock and enters the run.
   * @throws {LandfallError} busy, where another migration is at work; target, where it holds another run's half
   */
  static async open(target: Target, run: RunIdentity): Promise<Control> {
    const connection = await Connection.open(target, applicationName(run.runId));
    try {
      await endLeftovers(connection, run.runId);
      await ensureControlSchema(connection);
      await takeLock(connection);
      await enter(connection, run);
      return new Control(connection, run.runId);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async chunks(): Promise<ChunkRecord[]> {
    const rows = await this.connection.query<Record<string, string>>(
      `SELECT source_table AS "table", chunk, loaded, quarantined, bytes FROM landfall.chunk
        WHERE run_id = $1 ORDER BY source_table, chunk`,
      [this.runId],
    );
    return rows.map(({ table = "", chunk, loaded, quarantined, bytes }) => ({
      table,
      chunk: Number(chunk),
      loaded: Number(loaded),
      quarantined: Number(quarantined),
      bytes: Number(bytes),
    }));
  }

  async setState(state: "loading" | "loaded" | "finished"): Promise<void> {
    await this.connection.query(
      "UPDATE landfall.run SET state = $2, finished_at = CASE WHEN $2 = 'finished' THEN now() END WHERE run_id = $1",
      [this.runId, state],
    );
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/**
 * A process that was killed, or lost its network, may leave sessions behind that still hold their locks. The run's own lock
 * says that nobody else works on it, so they can be ended.
 */
async function endLeftovers(connection: Connection, runId: string): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = $1 AND datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()`,
    [applicationName(runId)],
  );
}

/** A session that was just ended holds its locks for a moment longer. */
const patienceMs = 5_000;

async function takeLock(connection: Connection): Promise<void> {
  for (const started = Date.now(); ; await sleep(100)) {
    const { got } = await connection.one<{ got: boolean }>(
      "SELECT pg_try_advisory_lock(hashtextextended('landfall migration', 0)) AS got",
    );
    if (got) return;
    if (Date.now() - started > patienceMs) break;
  }
  const [holder] = await connection.query<{ pid: number; name: string }>(
    `SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const who = holder ? ` (${holder.name}, server process ${holder.pid})` : "";
  throw new LandfallError(
    "busy",
    `another migration into ${describeTarget(connection.target)} is at work${who}`,
    "wait until it has ended, then run this again",
  );
}

async function enter(connection: Connection, { runId, source, sha256 }: RunIdentity): Promise<void> {
  const others = await connection.query<{ run_id: string; source: string; sha256: string; state: string }>(
    "SELECT run_id, source, sha256, state FROM landfall.run",
  );
  const own = others.find(({ run_id }) => run_id === runId);
  if (own && own.sha256 !== sha256) {
    throw new LandfallError(
      "target",
      `${describeTarget(connection.target)} holds a part of this run, from another snapshot of ${own.source}`,
      "begin anew with --restart",
    );
  }
  const half = others.find(({ run_id, state }) => run_id !== runId && state !== "finished");
  if (half) {
    throw new LandfallError(
      "target",
      `${describeTarget(connection.target)} holds an unfinished migration of ${half.source}`,
      "go on with that one, or undo it with --restart, or name another database",
    );
  }
  if (own) return;
  await connection.query("INSERT INTO landfall.run (run_id, source, sha256, state) VALUES ($1, $2, $3, 'loading')", [
    runId,
    source,
    sha256,
  ]);
}
