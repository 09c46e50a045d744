import { CopyIn } from "../../../db/postgres/copy-in.ts";
import type { Leaf } from "../../../db/sqlite-pages/table-pages.ts";
import type { Chunk } from "../chunks.ts";
import type { StoredTable } from "./table.ts";

/** Rows between two looks at what else there is to do. */
const rowsAtOnce = 400;
/** Rows of a chunk that may go the long way one by one; more than that and than a tenth, and all that are left go it. */
const fewOthers = 200;

/** Where the rows go. */
export interface StoredSink {
  /** The COPY at hand; undefined before the first row, and where it was ended. */
  readonly copy: CopyIn | undefined;
  begin(): Promise<CopyIn>;
  /** Takes one row the long way: read through SQLite, encoded by the conversions proper, set aside where it does not fit. */
  takeThroughSqlite(rowid: bigint): Promise<void>;
  /** Called now and then with the rows since the last call. Throws to stop. */
  passed(rows: number): Promise<void>;
}

/** Copies the rows of a chunk as they stand in the file. @returns what is left of it where too many rows have to go the long way */
export async function copyStored(table: StoredTable, chunk: Chunk, sink: StoredSink): Promise<Chunk | null> {
  const work = new StoredCopy(table, chunk, sink);
  for (const leaf of table.pages.leaves(work.first)) {
    if (!(await work.copyLeaf(leaf))) break;
    if (work.waiting >= rowsAtOnce) await work.pass();
  }
  await work.pass();
  return work.rest;
}

class StoredCopy {
  readonly first: number;
  readonly #last: number;
  readonly #chunk: Chunk;
  readonly #table: StoredTable;
  readonly #sink: StoredSink;
  #rows = 0;
  #others = 0;
  /** Rows that the sink was not told of yet. */
  waiting = 0;
  rest: Chunk | null = null;

  constructor(table: StoredTable, chunk: Chunk, sink: StoredSink) {
    this.first = Number(chunk.first);
    this.#last = Number(chunk.last);
    this.#chunk = chunk;
    this.#table = table;
    this.#sink = sink;
  }

  async pass(): Promise<void> {
    await this.#sink.passed(this.waiting);
    this.waiting = 0;
  }

  /** @returns whether to go on with the next leaf */
  async copyLeaf(leaf: Leaf): Promise<boolean> {
    const { row, encoder } = this.#table;
    for (let i = 0; i < leaf.count; i++) {
      const whole = row.read(leaf, i);
      if (row.rowid < this.first) continue;
      if (row.rowid > this.#last) return false;
      const room = whole ? encoder.room(row) : Number.POSITIVE_INFINITY;
      const copy = this.#sink.copy ?? (await this.#sink.begin());
      if (room > copy.room && room <= CopyIn.capacity) await copy.flush();
      if (room > copy.room || !encoder.write(row, copy)) {
        if (this.#tooManyOthers(row.rowid)) return false;
        await this.#sink.takeThroughSqlite(BigInt(row.rowid));
      }
      this.#rows++;
      this.waiting++;
    }
    return true;
  }

  #tooManyOthers(rowid: number): boolean {
    if (++this.#others <= fewOthers || this.#others <= this.#rows / 10) return false;
    this.rest = { ...this.#chunk, first: BigInt(rowid) };
    return true;
  }
}
