import { LandfallError } from "../../cli/errors.ts";
import { Connection } from "../../db/postgres/connection.ts";
import { toTargetError } from "../../db/postgres/errors.ts";
import { quoteLiteral } from "../../db/postgres/identifiers.ts";
import { openSource, type SourceFile } from "../../db/sqlite/open.ts";
import { PageFile } from "../../db/sqlite-pages/page-file.ts";
import { applicationName, type ChunkRecord } from "../control/control.ts";
import { ChunkWork, type TableTools } from "./chunk-work.ts";
import type { Chunk } from "./chunks.ts";
import type { LoadJob, Tick } from "./job.ts";
import { TableReader } from "./read.ts";
import { isRefusal } from "./refusal.ts";
import { RowEncoder } from "./row.ts";
import type { TableShape } from "./shape.ts";
import { storedTable } from "./stored/table.ts";

/** Loads pieces of tables over a connection and a handle of its own, one at a time. */
export class ChunkLoader {
  readonly #job: LoadJob;
  readonly #connection: Connection;
  readonly #source: SourceFile;
  readonly #pages: PageFile;
  readonly #tables = new Map<number, TableTools>();

  private constructor(job: LoadJob, connection: Connection, source: SourceFile, pages: PageFile) {
    this.#job = job;
    this.#connection = connection;
    this.#source = source;
    this.#pages = pages;
  }

  static async open(job: LoadJob): Promise<ChunkLoader> {
    const source = openSource(job.file, { immutable: true });
    const pages = new PageFile(job.file);
    try {
      const connection = await Connection.open(job.target, applicationName(job.runId));
      // A crash of the server loses rows together with their entry, and they are loaded again; the load's last commit waits.
      await connection.query("SET synchronous_commit = off");
      return new ChunkLoader(job, connection, source, pages);
    } catch (error) {
      source.close();
      pages.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#source.close();
    this.#pages.close();
    await this.#connection.close();
  }

  /**
   * Loads a chunk in one transaction. Where the server refuses a row, the chunk is done again in small steps that find it.
   * @returns what it came to; null where it was loaded already
   * @throws {LandfallError} where nothing of it was loaded
   */
  async load(chunk: Chunk, tick: Tick): Promise<ChunkRecord | null> {
    let seen = 0;
    try {
      return await this.#transaction(
        chunk,
        (rows) => {
          seen += rows;
          tick(rows);
        },
        false,
      );
    } catch (error) {
      if (!isRefusal(error)) throw this.#explain(error);
    }
    tick(-seen);
    try {
      return await this.#transaction(chunk, tick, true);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Ours are ours: only what the server or the network did is told as such. */
  #explain(error: unknown): unknown {
    return error instanceof TypeError || error instanceof RangeError ? error : toTargetError(error, this.#job.target);
  }

  async #transaction(chunk: Chunk, tick: Tick, careful: boolean): Promise<ChunkRecord | null> {
    const connection = this.#connection;
    try {
      if (!(await this.#begin(chunk))) {
        await connection.queryRaw("ROLLBACK");
        return null;
      }
      const work = new ChunkWork(this.#job, chunk, connection, this.#tableOf(chunk), tick);
      await (careful ? work.copyCarefully() : work.copyAll());
      const { loaded, bytes } = work;
      const [runId, table, number] = this.#keyOf(chunk);
      await connection.queryRaw(
        `UPDATE landfall.chunk SET loaded = ${loaded}, quarantined = ${work.quarantine.count}, bytes = ${bytes}
          WHERE run_id = ${quoteLiteral(runId)} AND source_table = ${quoteLiteral(table)} AND chunk = ${number};
         COMMIT`,
      );
      return { table, chunk: number, loaded, quarantined: work.quarantine.count, bytes };
    } catch (error) {
      await connection.queryRaw("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /**
   * The chunk's entry goes first, so that a session of a killed process that still commits it is waited for, and then seen.
   * In one message with the transaction's beginning, as its end is: for a small table the round trips are most of the time.
   */
  async #begin(chunk: Chunk): Promise<boolean> {
    const { first, last } = chunk;
    const [runId, table, number] = this.#keyOf(chunk);
    const rows = await this.#connection.queryRaw(
      `BEGIN;
       INSERT INTO landfall.chunk (run_id, source_table, chunk, first_rowid, last_rowid)
       VALUES (${quoteLiteral(runId)}, ${quoteLiteral(table)}, ${number}, ${first ?? "NULL"}, ${last ?? "NULL"})
       ON CONFLICT DO NOTHING RETURNING 1`,
    );
    return rows.length > 0;
  }

  #keyOf(chunk: Chunk): [runId: string, table: string, chunk: number] {
    return [this.#job.runId, shapeAt(this.#job, chunk).source, chunk.number];
  }

  #tableOf(chunk: Chunk): TableTools {
    const known = this.#tables.get(chunk.table);
    if (known) return known;
    const shape = shapeAt(this.#job, chunk);
    const made = {
      shape,
      reader: new TableReader(this.#source, shape, this.#job.largest[chunk.table]),
      encoder: new RowEncoder(shape),
      stored: storedTable(this.#source, this.#pages, shape),
    };
    // Statements of one table at a time: thousands of tables would keep thousands of them.
    this.#tables.clear();
    this.#tables.set(chunk.table, made);
    return made;
  }
}

function shapeAt({ shapes }: LoadJob, { table }: Chunk): TableShape {
  const shape = shapes[table];
  if (!shape) throw new LandfallError("internal", `there is no table ${table} in the plan`, "report this");
  return shape;
}
