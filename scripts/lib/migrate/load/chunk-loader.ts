import { setImmediate as nextTurn } from "node:timers/promises";
import { LandfallError } from "../../cli/errors.ts";
import { Connection } from "../../db/postgres/connection.ts";
import type { CopyIn } from "../../db/postgres/copy-in.ts";
import { toTargetError } from "../../db/postgres/errors.ts";
import type { Target } from "../../db/postgres/target.ts";
import { openSource, type SourceFile, type SqlRow } from "../../db/sqlite/open.ts";
import { applicationName, type ChunkRecord } from "../control/control.ts";
import type { Chunk } from "./chunks.ts";
import { beginCopy, endCopy } from "./copy.ts";
import { doubtful } from "./encode/encoder.ts";
import { Quarantine, quarantinedRow } from "./quarantine.ts";
import { type RawRow, TableReader } from "./read.ts";
import { isRefusal, refusedRow } from "./refusal.ts";
import { type Misfit, RowEncoder } from "./row.ts";
import type { TableShape } from "./shape.ts";

/** What all workers of a load share: plain data, so that it can be sent to a thread. */
export interface LoadJob {
  runId: string;
  file: string;
  target: Target;
  shapes: TableShape[];
  /** Bytes of each table's largest row, 0 where it is not known. */
  largest: number[];
  /** Stops at the first row that does not fit. */
  strict: boolean;
  /** The run's folder, where values go that are too large for a row of the quarantine. */
  folder: string;
}

/** Called now and then with the rows that were read since the last call. Throws to stop. */
export type Tick = (rows: number) => void;

/** Loads pieces of tables over a connection and a handle of its own, one at a time. */
export class ChunkLoader {
  readonly #job: LoadJob;
  readonly #connection: Connection;
  readonly #source: SourceFile;
  readonly #tables = new Map<number, { reader: TableReader; encoder: RowEncoder }>();

  private constructor(job: LoadJob, connection: Connection, source: SourceFile) {
    this.#job = job;
    this.#connection = connection;
    this.#source = source;
  }

  static async open(job: LoadJob): Promise<ChunkLoader> {
    const source = openSource(job.file, { immutable: true });
    try {
      return new ChunkLoader(job, await Connection.open(job.target, applicationName(job.runId)), source);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#source.close();
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
    await connection.queryRaw("BEGIN");
    try {
      if (!(await this.#claim(chunk))) {
        await connection.queryRaw("ROLLBACK");
        return null;
      }
      const work = new ChunkWork(this.#job, chunk, connection, this.#tableOf(chunk), tick);
      await (careful ? work.copyCarefully() : work.copy());
      await connection.queryRaw(
        "UPDATE landfall.chunk SET loaded = $4, quarantined = $5, bytes = $6 WHERE run_id = $1 AND source_table = $2 AND chunk = $3",
        [...this.#keyOf(chunk), work.loaded, work.quarantine.count, work.bytes],
      );
      await connection.queryRaw("COMMIT");
      const { loaded, bytes } = work;
      const [, table, number] = this.#keyOf(chunk);
      return { table, chunk: number, loaded, quarantined: work.quarantine.count, bytes };
    } catch (error) {
      await connection.queryRaw("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /** First, so that a session of a killed process that still commits the same chunk is waited for, and then seen. */
  async #claim(chunk: Chunk): Promise<boolean> {
    const rows = await this.#connection.queryRaw(
      `INSERT INTO landfall.chunk (run_id, source_table, chunk, first_rowid, last_rowid) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [...this.#keyOf(chunk), chunk.first, chunk.last],
    );
    return rows.length > 0;
  }

  #keyOf(chunk: Chunk): [runId: string, table: string, chunk: number] {
    return [this.#job.runId, shapeAt(this.#job, chunk).source, chunk.number];
  }

  #tableOf(chunk: Chunk): { reader: TableReader; encoder: RowEncoder } {
    const known = this.#tables.get(chunk.table);
    if (known) return known;
    const shape = shapeAt(this.#job, chunk);
    const made = {
      reader: new TableReader(this.#source, shape, this.#job.largest[chunk.table]),
      encoder: new RowEncoder(shape),
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

/** One attempt at one chunk, within a transaction. */
class ChunkWork {
  loaded = 0;
  bytes = 0;
  readonly quarantine: Quarantine;
  readonly #job: LoadJob;
  readonly #chunk: Chunk;
  readonly #shape: TableShape;
  readonly #connection: Connection;
  readonly #reader: TableReader;
  readonly #encoder: RowEncoder;
  readonly #tick: Tick;
  /** Rows of the chunk that were read before the batch at hand. */
  #before = 0;

  constructor(
    job: LoadJob,
    chunk: Chunk,
    connection: Connection,
    { reader, encoder }: { reader: TableReader; encoder: RowEncoder },
    tick: Tick,
  ) {
    this.#job = job;
    this.#chunk = chunk;
    this.#shape = shapeAt(job, chunk);
    this.#connection = connection;
    this.#reader = reader;
    this.#encoder = encoder;
    this.#tick = tick;
    this.quarantine = new Quarantine(job.runId, chunk);
  }

  /** All rows in one COPY; it is ended now and then where many rows go into quarantine. */
  async copy(): Promise<void> {
    let copy: CopyIn | undefined;
    try {
      for (const rows of this.#reader.batches(this.#chunk)) {
        copy ??= await beginCopy(this.#connection, this.#shape);
        for (let i = 0; i < rows.length; i++) {
          const row = rows[i] as SqlRow;
          // Written out rather than awaited row by row: this is the loop that all rows go through.
          const fits = this.#encoder.room(row) <= copy.room;
          const misfit = fits ? this.#encoder.write(row, copy, false) : await this.#encoder.send(row, copy, false);
          if (misfit !== null) await this.#settle(row, i, copy);
        }
        if (this.quarantine.full) {
          await this.#end(copy);
          copy = undefined;
        }
        await this.#passed(rows.length);
      }
      if (copy) await this.#end(copy);
      else await this.quarantine.write(this.#connection);
    } catch (error) {
      await copy?.abort("the load was stopped");
      throw error;
    }
  }

  async #end(copy: CopyIn): Promise<void> {
    this.loaded += await endCopy(copy, this.#shape);
    this.bytes += copy.sent;
    await this.quarantine.write(this.#connection);
  }

  async #passed(rows: number): Promise<void> {
    this.#before += rows;
    this.#tick(rows);
    // Lets errors of the server, signals and messages in, while the kernel takes all that is written at once.
    if (++this.#batches % 8 === 0) await nextTurn();
  }
  #batches = 0;

  /** A row that did not fit as it was read: read again as bytes it may, else it goes into quarantine. */
  async #settle(row: SqlRow, place: number, copy: CopyIn): Promise<void> {
    const raw = this.#reader.rawRow(row, this.#before + place);
    const again = await this.#encoder.send(raw, copy, true);
    if (again === doubtful) throw new LandfallError("internal", "a checked row is in doubt", "report this");
    if (again !== null) this.#setAside(raw, again);
  }

  #setAside(raw: RawRow, { column, reason }: Misfit): void {
    const row = quarantinedRow(this.#shape, raw, column, reason, this.#job.folder);
    if (this.#job.strict) {
      const key = Object.entries(row.key).map(([name, value]) => `${name} = ${value.value ?? `x'${value.hex}'`}`);
      throw new LandfallError(
        "quarantined",
        `${row.table}.${row.column} of the row ${key.join(", ")} does not fit the target: ${reason}`,
        "decide in the mapping what becomes of it, or run without --strict to set such rows aside",
      );
    }
    this.quarantine.add(row);
  }

  /** Batch by batch, each under a savepoint, so that a row that the server refuses can be told from the others. */
  async copyCarefully(): Promise<void> {
    for (const rows of this.#reader.batches(this.#chunk)) {
      await this.#copyRange(rows, 0, rows.length);
      if (this.quarantine.full) await this.quarantine.write(this.#connection);
      await this.#passed(rows.length);
    }
    await this.quarantine.write(this.#connection);
  }

  async #copyRange(rows: SqlRow[], from: number, to: number): Promise<void> {
    if (from >= to) return;
    const waiting = this.quarantine.mark();
    await this.#connection.queryRaw("SAVEPOINT batch");
    let copy: CopyIn | undefined;
    /** Positions of the rows that were sent. */
    const sent: number[] = [];
    try {
      copy = await beginCopy(this.#connection, this.#shape);
      for (let i = from; i < to; i++) {
        const before = this.quarantine.count;
        const misfit = await this.#encoder.send(rows[i] as SqlRow, copy, false);
        if (misfit !== null) await this.#settle(rows[i] as SqlRow, i, copy);
        if (this.quarantine.count === before) sent.push(i);
      }
      const loaded = await endCopy(copy, this.#shape);
      await this.#connection.queryRaw("RELEASE batch");
      this.loaded += loaded;
      this.bytes += copy.sent;
    } catch (error) {
      await copy?.abort("the load was stopped");
      if (!isRefusal(error)) throw error;
      this.quarantine.rewind(waiting);
      await this.#connection.queryRaw("ROLLBACK TO batch; RELEASE batch");
      const refused = refusedRow(error, this.#shape);
      const at = refused.number === undefined ? undefined : sent[refused.number - 1];
      if (at !== undefined) {
        await this.#copyRange(rows, from, at);
        this.#setAside(this.#reader.rawRow(rows[at] as SqlRow, this.#before + at), refused);
        await this.#copyRange(rows, at + 1, to);
      } else if (to - from === 1) {
        this.#setAside(this.#reader.rawRow(rows[from] as SqlRow, this.#before + from), refused);
      } else {
        const middle = (from + to) >> 1;
        await this.#copyRange(rows, from, middle);
        await this.#copyRange(rows, middle, to);
      }
    }
  }
}
