import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseStackOutputs } from "../../../infra/contract.ts";
import { messageOf } from "../cli/errors.ts";
import { Connection } from "../db/postgres/connection.ts";
import { databaseTarget } from "../stack/targets.ts";

/** A session that does not answer for so long is not ours any more. */
const answerMs = 10_000;

/**
 * Lets one scheduler of a stack do its work and the others wait: an advisory lock of a session in the stack's database. It is let
 * go of by the server when the session ends, however that comes about.
 */
export class SchedulerLock {
  readonly #outputs: string;
  readonly #say: (text: string) => void;
  #connection: Connection | undefined;
  #waiting = false;

  /** @param outputs file with the stack's outputs */
  constructor(outputs: string, say: (text: string) => void) {
    this.#outputs = outputs;
    this.#say = say;
  }

  /** Whether the lock is ours now; takes it where it is free. Never throws: the database may be away. */
  async held(): Promise<boolean> {
    try {
      if (this.#connection) {
        await answer(this.#connection);
        return true;
      }
      return await this.#take();
    } catch (error) {
      if (!this.#waiting) this.#say(`the scheduler's lock cannot be had: ${messageOf(error)}`);
      this.#waiting = true;
      await this.release();
      return false;
    }
  }

  async #take(): Promise<boolean> {
    const outputs = parseStackOutputs(JSON.parse(readFileSync(this.#outputs, "utf8")));
    const connection = await Connection.open(databaseTarget(outputs, "migrator"), "landfall scheduler's lock");
    try {
      // The server finds out within a minute that our machine is gone, and does not keep the lock for it.
      await connection.query(
        "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3",
      );
      const { taken } = await connection.one<{ taken: boolean }>(
        "SELECT pg_try_advisory_lock(hashtextextended('landfall scheduler', 0)) AS taken",
      );
      if (taken) {
        this.#connection = connection;
        this.#say("this scheduler has the lock");
        this.#waiting = false;
        return true;
      }
      if (!this.#waiting) this.#say("another scheduler has the lock: waiting for it to end");
      this.#waiting = true;
    } finally {
      if (this.#connection !== connection) await connection.close();
    }
    return false;
  }

  async release(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}

async function answer(connection: Connection): Promise<void> {
  const silence = new AbortController();
  const late = sleep(answerMs, undefined, { signal: silence.signal }).then(() => {
    throw new Error("the database does not answer");
  });
  try {
    await Promise.race([connection.query("SELECT 1"), late]);
  } finally {
    silence.abort();
    late.catch(() => {});
  }
}
