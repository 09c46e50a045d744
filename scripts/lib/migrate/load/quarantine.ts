import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../db/postgres/connection.ts";
import type { QuarantinedRow, RawValue } from "../model/results.ts";
import type { Chunk } from "./chunks.ts";
import { RawText } from "./encode/encoder.ts";
import type { RawRow } from "./read.ts";
import type { TableShape } from "./shape.ts";

/** Longer values are kept in a file of their own: JSON could not hold 1 GB, and PostgreSQL no row of it. */
const longestInline = 64 * 1024 * 1024;

/** A value with its storage class, so that nothing of it is lost in JSON. @param folder where long ones go */
export function rawValue(value: RawRow[number], folder: string): RawValue {
  if (value === null) return { class: "null", value: null, hex: null };
  if (typeof value === "bigint") return { class: "integer", value: value.toString(), hex: null };
  if (typeof value === "number") {
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return { class: "real", value: Object.is(value, -0) ? "-0" : String(value), hex: bits.toString("hex") };
  }
  if (typeof value === "string") {
    if (value.length < longestInline && !value.includes("\0")) return { class: "text", value, hex: null };
    return ofBytes("text", Buffer.from(value, "utf8"), folder);
  }
  return value instanceof RawText ? ofBytes("text", value.bytes, folder) : ofBytes("blob", value, folder);
}

function ofBytes(storage: "text" | "blob", bytes: Uint8Array, folder: string): RawValue {
  const { buffer, byteOffset, length } = bytes;
  if (length < longestInline) {
    return { class: storage, value: null, hex: Buffer.from(buffer, byteOffset, length).toString("hex") };
  }
  // Named by what it holds: a chunk that is loaded again writes the same file.
  const file = join("quarantine", `${createHash("sha256").update(bytes).digest("hex")}.${storage}`);
  mkdirSync(join(folder, "quarantine"), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, file), bytes, { mode: 0o600 });
  return { class: storage, value: null, hex: null, file };
}

/** @param row the rowid first, then the shape's columns @param column position of the one that does not fit, -1 for none */
export function quarantinedRow(
  shape: TableShape,
  row: RawRow,
  column: number,
  reason: string,
  folder: string,
): QuarantinedRow {
  const values = Object.fromEntries(
    shape.columns.map(({ source }, i) => [source, rawValue(row[i + 1] ?? null, folder)]),
  );
  const keyed = shape.key.length > 0 && shape.key.every((name) => name in values);
  const key = keyed
    ? Object.fromEntries(shape.key.map((name) => [name, values[name] as RawValue]))
    : shape.rowid === null
      ? {}
      : { [shape.rowid]: rawValue(row[0] ?? null, folder) };
  return { table: shape.source, key, column: shape.columns[column]?.source ?? "", reason, row: values };
}

/** Rows of a chunk that wait to be written, in the transaction of the chunk. */
export class Quarantine {
  readonly #runId: string;
  readonly #chunk: Chunk;
  readonly #waiting: { row: QuarantinedRow; text: string }[] = [];
  #bytes = 0;
  /** Rows so far. */
  count = 0;

  constructor(runId: string, chunk: Chunk) {
    this.#runId = runId;
    this.#chunk = chunk;
  }

  add(row: QuarantinedRow): void {
    const text = JSON.stringify(row.row);
    this.#waiting.push({ row, text });
    this.#bytes += text.length;
    this.count++;
  }

  /** Where `rewind` goes back to. */
  mark(): number {
    return this.#waiting.length;
  }

  /** Forgets what was added since; nothing may have been written since. */
  rewind(mark: number): void {
    for (const { text } of this.#waiting.splice(mark)) {
      this.#bytes -= text.length;
      this.count--;
    }
  }

  /** Whether so many wait that the COPY should be ended for them. */
  get full(): boolean {
    return this.#waiting.length >= 1_000 || this.#bytes > 8 * 1024 * 1024;
  }

  async write(connection: Connection): Promise<void> {
    let number = this.count - this.#waiting.length;
    for (const { row, text } of this.#waiting.splice(0)) {
      await connection.queryRaw(
        `INSERT INTO landfall.quarantine (run_id, source_table, chunk, number, key, source_column, storage_class, reason, "row")
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          ...[this.#runId, row.table, this.#chunk.number, number++, JSON.stringify(row.key)],
          ...[row.column || null, row.row[row.column]?.class ?? null, row.reason, text],
        ],
      );
    }
    this.#bytes = 0;
  }
}
