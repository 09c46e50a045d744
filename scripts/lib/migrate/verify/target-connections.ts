import { Connection } from "../../db/postgres/connection.ts";
import { quoteLiteral } from "../../db/postgres/identifiers.ts";
import type { Target } from "../../db/postgres/target.ts";

/** Connections that all see the target at one moment, however long the verification takes and whoever writes meanwhile. */
export class TargetConnections {
  readonly first: Connection;
  readonly #all: Connection[];

  private constructor(all: [Connection, ...Connection[]]) {
    this.#all = all;
    this.first = all[0];
  }

  static async open(target: Target, count: number): Promise<TargetConnections> {
    const first = await openOne(target);
    const all: [Connection, ...Connection[]] = [first];
    try {
      await first.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      if (count > 1) {
        const { snapshot } = await first.one<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
        while (all.length < count) {
          const more = await openOne(target);
          all.push(more);
          await more.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
          await more.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot)}`);
        }
      }
      return new TargetConnections(all);
    } catch (error) {
      await Promise.all(all.map((connection) => connection.close()));
      throw error;
    }
  }

  /** Works on the items in turn, one at a time on each connection; locks that an item took are given back after it. The first error ends it, after what is under way. */
  async each<T>(items: readonly T[], work: (item: T, connection: Connection) => Promise<void>): Promise<void> {
    let next = 0;
    let failed = false;
    const results = await Promise.allSettled(
      this.#all.map(async (connection) => {
        while (next < items.length && !failed) {
          try {
            const item = items[next++] as T;
            await connection.query("SAVEPOINT one");
            await work(item, connection);
            // A server has fewer locks than thousands of tables need.
            await connection.query("ROLLBACK TO SAVEPOINT one");
          } catch (error) {
            failed = true;
            throw error;
          }
        }
      }),
    );
    const rejected = results.find((result) => result.status === "rejected");
    if (rejected) throw rejected.reason;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.close()));
  }
}

async function openOne(target: Target): Promise<Connection> {
  const connection = await Connection.open(target, "landfall verify");
  // A reading that was given up, or whose process was killed, would otherwise go on to its end. Servers before 14 do not know
  // the setting, and some systems cannot do it: there it does go on.
  await connection.query("SET client_connection_check_interval = '1s'").catch(() => {});
  return connection;
}
