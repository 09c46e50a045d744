import { isUtf8 } from "node:buffer";
import { quoteIdentifier } from "../../db/postgres/identifiers.ts";
import type { SourceFile, SourceStatement, SqlRow, SqlValue } from "../../db/sqlite/open.ts";
import type { Chunk } from "./chunks.ts";
import { RawText } from "./encode/encoder.ts";
import type { TableShape } from "./shape.ts";

/** A row whose texts were read as bytes: every value as stored. */
export type RawRow = (SqlValue | RawText)[];

/** Rows at a time: more bring nothing, fewer cost calls. */
const batchRows = 400;

/**
 * Reads one table, some hundred rows at a time. Each row is the rowid (null where the table has none) and then the columns;
 * or the rowid alone, where a text is too long for a string and the row has to be read as bytes.
 */
export class TableReader {
  readonly #shape: TableShape;
  readonly #batch: number;
  readonly #ranged: SourceStatement | null;
  readonly #all: string;
  readonly #names: { from: string; rowid: string };
  readonly #source: SourceFile;
  readonly #decode: (bytes: Uint8Array) => string | RawText;
  readonly #rawColumns: string;
  #raw: SourceStatement | undefined;

  /** @param largest bytes of the largest row, where they are known: batches stay within some MB */
  constructor(source: SourceFile, shape: TableShape, largest = 0) {
    this.#source = source;
    this.#shape = shape;
    this.#batch = Math.max(1, Math.min(batchRows, Math.floor(batchBytes / Math.max(1, largest))));
    const names = shape.columns.map((column) => `t.${quoteIdentifier(column.source)}`);
    const rowid = shape.rowid === null ? "NULL" : `t.${quoteIdentifier(shape.rowid)}`;
    // In the table's own order, whatever an index could cover: a row is found again by its place in it.
    const from = `FROM main.${quoteIdentifier(shape.source)} AS t${shape.virtual ? "" : " NOT INDEXED"}`;
    const select = `SELECT ${[rowid, ...names].join(", ")} ${from}`;
    this.#names = { from, rowid };
    this.#all = select;
    this.#ranged =
      !shape.virtual && shape.rowid !== null
        ? source.prepare(`${select} WHERE ${rowid} BETWEEN ? AND ? ORDER BY ${rowid} LIMIT ${this.#batch}`)
        : null;
    this.#decode = decoder(shape.encoding);
    const raw = names.map(
      (name) => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
    );
    this.#rawColumns = `SELECT ${[rowid, ...raw].join(", ")} ${from}`;
  }

  /** The rows of a chunk, each in one batch, in the table's order. */
  *batches(chunk: Chunk): Generator<SqlRow[]> {
    if (this.#ranged === null || chunk.first === null || chunk.last === null) {
      yield* this.#scan();
      return;
    }
    for (let next = chunk.first; next <= chunk.last; ) {
      const rows = this.#range(this.#ranged, next, chunk.last);
      const last = rows.at(-1)?.[0];
      if (typeof last !== "bigint") return;
      yield rows;
      if (rows.length < this.#batch) return;
      next = last + 1n;
    }
  }

  #range(statement: SourceStatement, first: bigint, last: bigint): SqlRow[] {
    try {
      return statement.all(first, last);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      const { from, rowid } = this.#names;
      const sql = `SELECT ${rowid} ${from} WHERE ${rowid} BETWEEN ? AND ? ORDER BY ${rowid} LIMIT ${this.#batch}`;
      return this.#source.prepare(sql).all(first, last);
    }
  }

  /** A table that can only be read from its beginning to its end. */
  *#scan(): Generator<SqlRow[]> {
    let rows: SqlRow[] = [];
    for (const row of this.#rows()) {
      rows.push(row);
      if (rows.length < this.#batch) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }

  *#rows(): Generator<SqlRow> {
    let count = 0;
    try {
      for (const row of this.#source.prepare(this.#all).iterate()) {
        yield row;
        count++;
      }
    } catch (error) {
      if (!isTooLong(error)) throw error;
      const { from, rowid } = this.#names;
      let place = 0;
      for (const row of this.#source.prepare(`SELECT ${rowid} ${from}`).iterate()) if (place++ >= count) yield row;
    }
  }

  /** Reads a row again, its texts as bytes. @param place of the row in the table's own order, for a table without rowids */
  rawRow(row: SqlRow, place: number): RawRow {
    const rowid = row[0] ?? null;
    if (rowid !== null && this.#shape.rowid !== null) {
      this.#raw ??= this.#source.prepare(`${this.#rawColumns} WHERE t.${quoteIdentifier(this.#shape.rowid)} = ?`);
      return this.#fromRaw(this.#raw.get(rowid) ?? []);
    }
    return this.#fromRaw(this.#rawAt(place));
  }

  #rawScan: { rows: IterableIterator<SqlRow>; next: number } | undefined;

  /** Goes on from the last row that was asked for, so that all of them together cost one more scan. */
  #rawAt(place: number): SqlRow {
    if (this.#rawScan === undefined || this.#rawScan.next > place) {
      this.#rawScan = { rows: this.#source.prepare(this.#rawColumns).iterate(), next: 0 };
    }
    for (;;) {
      const { value, done } = this.#rawScan.rows.next();
      if (done) throw new Error(`row ${place} of ${this.#shape.source} is not there any more`);
      if (this.#rawScan.next++ === place) return value;
    }
  }

  #fromRaw(raw: SqlRow): RawRow {
    const row: RawRow = [raw[0] ?? null];
    for (let i = 1; i < raw.length; i += 2) {
      const value = raw[i + 1] ?? null;
      // SQLite gives an empty blob as an empty array, and so an empty text.
      row.push(raw[i] === "text" ? this.#decode(value instanceof Uint8Array ? value : new Uint8Array()) : value);
    }
    return row;
  }
}

const batchBytes = 8 * 1024 * 1024;
/** Node's longest string, in UTF-16 units. */
const longestString = 0x1fff_ffe8;

function isTooLong(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG";
}

function decoder(encoding: TableShape["encoding"]): (bytes: Uint8Array) => string | RawText {
  const strict = new TextDecoder(encoding.toLowerCase(), { fatal: true, ignoreBOM: true });
  return (bytes) => {
    if (encoding === "UTF-8" && bytes.length > longestString) return new RawText(bytes, isUtf8(bytes));
    try {
      return strict.decode(bytes);
    } catch {
      return new RawText(bytes, false);
    }
  };
}
