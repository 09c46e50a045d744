import { setImmediate as nextTurn } from "node:timers/promises";
import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import type { CopyIn } from "../../db/postgres/copy-in.ts";
import type { SqlRow } from "../../db/sqlite/open.ts";
import type { Chunk } from "./chunks.ts";
import { beginCopy, endCopy } from "./copy.ts";
import { doubtful } from "./encode/encoder.ts";
import type { LoadJob, Tick } from "./job.ts";
import { Quarantine, quarantinedRow } from "./quarantine.ts";
import type { RawRow, TableReader } from "./read.ts";
import { isRefusal, refusedRow } from "./refusal.ts";
import type { Misfit, RowEncoder } from "./row.ts";
import type { TableShape } from "./shape.ts";
import { copyStored, type StoredSink } from "./stored/copy.ts";
import type { StoredTable } from "./stored/table.ts";

/** What a table is read and written by. */
export interface TableTools {
  shape: TableShape;
  reader: TableReader;
  encoder: RowEncoder;
  /** The quicker way; null where all goes through SQLite. */
  stored: StoredTable | null;
}

/** One attempt at one chunk, within a transaction. */
export class ChunkWork implements StoredSink {
  loaded = 0;
  bytes = 0;
  /** The COPY that takes rows; it is ended now and then where many go into quarantine. */
  copy: CopyIn | undefined;
  readonly quarantine: Quarantine;
  readonly #job: LoadJob;
  readonly #chunk: Chunk;
  readonly #tools: TableTools;
  readonly #connection: Connection;
  readonly #tick: Tick;
  /** Rows of the chunk that were read before the batch at hand. */
  #before = 0;

  constructor(job: LoadJob, chunk: Chunk, connection: Connection, tools: TableTools, tick: Tick) {
    this.#job = job;
    this.#chunk = chunk;
    this.#connection = connection;
    this.#tools = tools;
    this.#tick = tick;
    this.quarantine = new Quarantine(job.runId, chunk);
  }

  /** Copies all rows. */
  async copyAll(): Promise<void> {
    const { stored } = this.#tools;
    try {
      const rest = stored === null ? this.#chunk : await copyStored(stored, this.#chunk, this);
      if (rest !== null) {
        for (const rows of this.#tools.reader.batches(rest)) {
          await this.#copyBatch(rows);
          await this.passed(rows.length);
        }
      }
      if (this.copy) await this.#end(this.copy);
      else await this.quarantine.write(this.#connection);
    } catch (error) {
      await this.copy?.abort("the load was stopped");
      throw error;
    }
  }

  async begin(): Promise<CopyIn> {
    this.copy = await beginCopy(this.#connection, this.#tools.shape);
    return this.copy;
  }

  async takeThroughSqlite(rowid: bigint): Promise<void> {
    for (const rows of this.#tools.reader.batches({ ...this.#chunk, first: rowid, last: rowid })) {
      await this.#copyBatch(rows);
    }
  }

  async #copyBatch(rows: SqlRow[]): Promise<void> {
    const { encoder } = this.#tools;
    const copy = this.copy ?? (await this.begin());
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as SqlRow;
      // Written out rather than awaited row by row: this is a loop that all rows may go through.
      const fits = encoder.room(row) <= copy.room;
      const misfit = fits ? encoder.write(row, copy, false) : await encoder.send(row, copy, false);
      if (misfit !== null) await this.#settle(row, i, copy);
    }
    if (!this.quarantine.full) return;
    await this.#end(copy);
    this.copy = undefined;
  }

  async #end(copy: CopyIn): Promise<void> {
    this.loaded += await endCopy(copy, this.#tools.shape);
    this.bytes += copy.sent;
    await this.quarantine.write(this.#connection);
  }

  /** Counts rows, and lets others have their turn now and then. */
  async passed(rows: number): Promise<void> {
    this.#before += rows;
    this.#tick(rows);
    // Lets errors of the server, signals and messages in, while the kernel takes all that is written at once.
    if (++this.#batches % 8 === 0) await nextTurn();
  }
  #batches = 0;

  /** A row that did not fit as it was read: read again as bytes it may, else it goes into quarantine. */
  async #settle(row: SqlRow, place: number, copy: CopyIn): Promise<void> {
    const raw = this.#tools.reader.rawRow(row, this.#before + place);
    const again = await this.#tools.encoder.send(raw, copy, true);
    if (again === doubtful) throw new LandfallError("internal", "a checked row is in doubt", "report this");
    if (again !== null) this.#setAside(raw, again);
  }

  #setAside(raw: RawRow, { column, reason }: Misfit): void {
    const row = quarantinedRow(this.#tools.shape, raw, column, reason, this.#job.folder);
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
    for (const rows of this.#tools.reader.batches(this.#chunk)) {
      await this.#copyRange(rows, 0, rows.length);
      if (this.quarantine.full) await this.quarantine.write(this.#connection);
      await this.passed(rows.length);
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
      copy = await beginCopy(this.#connection, this.#tools.shape);
      for (let i = from; i < to; i++) {
        const before = this.quarantine.count;
        const misfit = await this.#tools.encoder.send(rows[i] as SqlRow, copy, false);
        if (misfit !== null) await this.#settle(rows[i] as SqlRow, i, copy);
        if (this.quarantine.count === before) sent.push(i);
      }
      const loaded = await endCopy(copy, this.#tools.shape);
      await this.#connection.queryRaw("RELEASE batch");
      this.loaded += loaded;
      this.bytes += copy.sent;
    } catch (error) {
      await copy?.abort("the load was stopped");
      if (!isRefusal(error)) throw error;
      this.quarantine.rewind(waiting);
      await this.#connection.queryRaw("ROLLBACK TO batch; RELEASE batch");
      const refused = refusedRow(error, this.#tools.shape);
      const at = refused.number === undefined ? undefined : sent[refused.number - 1];
      if (at !== undefined) {
        await this.#copyRange(rows, from, at);
        this.#setAside(this.#tools.reader.rawRow(rows[at] as SqlRow, this.#before + at), refused);
        await this.#copyRange(rows, at + 1, to);
      } else if (to - from === 1) {
        this.#setAside(this.#tools.reader.rawRow(rows[from] as SqlRow, this.#before + from), refused);
      } else {
        const middle = (from + to) >> 1;
        await this.#copyRange(rows, from, middle);
        await this.#copyRange(rows, middle, to);
      }
    }
  }
}
