import { availableParallelism } from "node:os";
import { Connection } from "../../db/postgres/connection.ts";
import { isServerError } from "../../db/postgres/errors.ts";
import type { Target } from "../../db/postgres/target.ts";
import { applicationName } from "../control/control.ts";
import { doOnce } from "../control/journal.ts";
import type { Statement } from "../schema/statements.ts";

/** Statements that wait for each other, and how many bytes the table has that they read. */
export interface Work {
  statements: Statement[];
  bytes: number;
}

/** A statement that the server refused for the data's sake, in its words. */
export interface Refused {
  statement: Statement;
  reason: string;
}

/**
 * Commits that do not wait for the disk. A crash of the server loses a statement together with its entry, and then it is done
 * again; the run's last commit, which does wait, comes after all of them.
 */
export const noWaiting = "SET synchronous_commit = off";

/** Below this PostgreSQL gives an index's building no helper (min_parallel_table_scan_size), and all is done in no time. */
export const large = 8 * 1024 ** 2;
/** Statements of small tables in one transaction; each keeps locks to its end. */
const mostTogether = 50;
/** Each may take the server's maintenance_work_mem: a machine of many cores does not open as many. */
const mostLanes = 16;

/** Connections that run a run's statements side by side, each statement once, however often the run is killed and called again. */
export class Lanes {
  readonly #target: Target;
  readonly #run: { runId: string; schema: string };
  readonly #cores: number;
  readonly #idle: Lane[] = [];
  /** Statements that are done, whether now or earlier. */
  done = 0;

  constructor(target: Target, run: { runId: string; schema: string }, cores = availableParallelism()) {
    this.#target = target;
    this.#run = run;
    this.#cores = cores;
  }

  /**
   * Runs the works side by side, as many as the machine has room for, the largest first; the statements of each in their order.
   * @param refusal SQLSTATEs that are a finding and no error; the statement is left undone
   * @throws {LandfallError} target
   */
  async run(works: Work[], refusal: RegExp | null, passed: () => void): Promise<Refused[]> {
    const queue = together(works.filter(({ statements }) => statements.length > 0)).sort((a, b) => b.bytes - a.bytes);
    const refused: Refused[] = [];
    const order = new Map(works.flatMap((one) => one.statements).map((statement, place) => [statement, place]));
    const most = Math.min(mostLanes, Math.max(Math.min(2, this.#cores), this.#cores >> 1));
    // A helper takes between a tenth and four tenths more of the processor for an index: only where cores are left over for it.
    const helpers = most * 2 <= this.#cores ? 1 : 0;
    const work = async () => {
      const lane = this.#idle.pop() ?? (await Lane.open(this.#target, this.#run, helpers));
      try {
        for (let next = queue.shift(); next; next = queue.shift()) {
          for (const part of next.bytes >= large ? next.statements.map((one) => [one]) : inParts(next.statements)) {
            const reasons = await lane.all(part, refusal);
            for (const [i, statement] of part.entries()) {
              const reason = reasons[i] ?? null;
              if (reason === null) this.done++;
              else refused.push({ statement, reason });
              passed();
            }
          }
        }
        this.#idle.push(lane);
      } catch (error) {
        queue.length = 0;
        await lane.close();
        throw error;
      }
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(most, queue.length) }, work));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    const placeOf = ({ statement }: Refused) => order.get(statement) ?? 0;
    return refused.sort((a, b) => placeOf(a) - placeOf(b));
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((lane) => lane.close()));
  }
}

/** Works of small tables, some of them in one. */
function together(works: Work[]): Work[] {
  const result: Work[] = [];
  let open: Work | undefined;
  for (const work of works) {
    if (work.bytes >= large) {
      result.push(work);
    } else if (open && open.statements.length + work.statements.length <= mostTogether) {
      open.statements.push(...work.statements);
      open.bytes = Math.max(open.bytes, work.bytes);
    } else {
      open = { statements: [...work.statements], bytes: work.bytes };
      result.push(open);
    }
  }
  return result;
}

const inParts = <T>(list: T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / mostTogether) }, (_, i) =>
    list.slice(i * mostTogether, (i + 1) * mostTogether),
  );

class Lane {
  readonly #connection: Connection;
  readonly #run: { runId: string; schema: string };

  private constructor(connection: Connection, run: { runId: string; schema: string }) {
    this.#connection = connection;
    this.#run = run;
  }

  /** @param helpers processes that the server may add to the building of an index */
  static async open(target: Target, run: { runId: string; schema: string }, helpers: number): Promise<Lane> {
    const connection = await Connection.open(target, applicationName(run.runId));
    try {
      await connection.query(`${noWaiting}; SET max_parallel_maintenance_workers = ${helpers}`);
      return new Lane(connection, run);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Does them in one transaction; one at a time where the server refuses one. @returns for each as `#once` */
  async all(statements: Statement[], refusal: RegExp | null): Promise<(string | null)[]> {
    if (statements.length > 1) {
      try {
        await doOnce(this.#connection, this.#run, statements);
        return [];
      } catch (error) {
        if (!(error instanceof Error) || !isServerError(error.cause)) throw error;
      }
    }
    const reasons: (string | null)[] = [];
    for (const statement of statements) reasons.push(await this.#once(statement, refusal));
    return reasons;
  }

  /** @returns why the server refused it, null where it is done */
  async #once({ sql }: Statement, refusal: RegExp | null): Promise<string | null> {
    try {
      await doOnce(this.#connection, this.#run, [{ sql }]);
      return null;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!refusal || !isServerError(cause) || !refusal.test(cause.code)) throw error;
      return `${cause.message}${cause.detail ? ` (${cause.detail})` : ""}`;
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
