import { createHash } from "node:crypto";
import { Connection } from "../../db/postgres/connection.ts";
import { isServerError } from "../../db/postgres/errors.ts";
import type { Target } from "../../db/postgres/target.ts";
import { applicationName } from "../control/control.ts";
import type { Statement } from "../schema/statements.ts";

/** A statement that the server refused for the data's sake, in its words. */
export interface Refused {
  statement: Statement;
  reason: string;
}

/** Runs statements each once in a run, however often the run is killed and called again. */
export class Journal {
  readonly #target: Target;
  readonly #runId: string;
  /** Statements that are done, whether now or earlier. */
  done = 0;

  constructor(target: Target, runId: string) {
    this.#target = target;
    this.#runId = runId;
  }

  /**
   * Runs the lists at once, at most `lanes` of them, and the statements of each list in its order.
   * @param refusal SQLSTATEs that are a finding and no error; the statement is left undone
   * @throws {LandfallError} target
   */
  async run(lists: Statement[][], lanes: number, refusal: RegExp | null, passed: () => void): Promise<Refused[]> {
    const queue = lists.filter((list) => list.length > 0);
    const refused: Refused[] = [];
    const lane = async () => {
      if (queue.length === 0) return;
      const connection = await Connection.open(this.#target, applicationName(this.#runId));
      try {
        // One helper of the server's for each index: more bring nothing, none costs half as much again.
        await connection.query("SET max_parallel_maintenance_workers = 1");
        for (let list = queue.shift(); list; list = queue.shift()) {
          for (const statement of list) {
            const reason = await this.#once(connection, statement, refusal);
            if (reason !== null) refused.push({ statement, reason });
            passed();
          }
        }
      } finally {
        await connection.close();
      }
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(lanes, queue.length) }, lane));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return refused;
  }

  /** The statement and its entry in one transaction. The entry first: a killed process's session is waited for there. */
  async #once(connection: Connection, { account, sql }: Statement, refusal: RegExp | null): Promise<string | null> {
    try {
      await connection.transaction(async () => {
        const entered = await connection.query(
          `INSERT INTO landfall.finished_statement (run_id, digest, account) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING RETURNING 1`,
          [this.#runId, createHash("sha256").update(sql).digest("hex"), account],
        );
        if (entered.length > 0) await connection.query(sql);
      });
      this.done++;
      return null;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!refusal || !isServerError(cause) || !refusal.test(cause.code)) throw error;
      return `${cause.message}${cause.detail ? ` (${cause.detail})` : ""}`;
    }
  }
}
