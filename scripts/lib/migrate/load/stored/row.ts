import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { StoredLayout } from "../../../db/sqlite-pages/layout.ts";
import type { StoredRow } from "../../../db/sqlite-pages/stored-row.ts";
import { encoderOf } from "../encode/column.ts";
import { parseType } from "../encode/type.ts";
import { fixedBytes } from "../row.ts";
import type { TableShape } from "../shape.ts";
import type { EncodeStored } from "./encoder.ts";
import * as numbers from "./numbers.ts";
import * as texts from "./texts.ts";
import * as times from "./times.ts";
import { throughValue } from "./values.ts";

/** Writes rows into a table's COPY as they stand in the file. */
export class StoredEncoder {
  readonly #encoders: EncodeStored[];
  /** Of each column: its field in the row. */
  readonly #fields: Int32Array;

  constructor(shape: TableShape, layout: StoredLayout) {
    this.#fields = Int32Array.from(layout.columns, ({ field }) => field);
    this.#encoders = shape.columns.map((column, i) => encoderFor(column, layout.columns[i]?.real ?? false));
  }

  /** Bytes that the row takes at most. */
  room(row: StoredRow): number {
    return row.length + 2 + this.#encoders.length * fixedBytes;
  }

  /** Writes a row. @returns false, with nothing of it left, where a value is not plain */
  write(row: StoredRow, frame: CopyFrame): boolean {
    const encoders = this.#encoders;
    const fields = this.#fields;
    const start = frame.position;
    frame.view.setInt16(start, encoders.length);
    frame.position = start + 2;
    for (let i = 0; i < encoders.length; i++) {
      const field = fields[i] as number;
      // What a row from before an ALTER TABLE lacks is the column's default.
      const done = field < row.fields && writeField(encoders[i] as EncodeStored, row, field, frame);
      if (done) continue;
      frame.position = start;
      return false;
    }
    return true;
  }
}

function writeField(encode: EncodeStored, row: StoredRow, field: number, frame: CopyFrame): boolean {
  if (row.types[field] !== 0) return encode(row, field, frame);
  frame.view.setInt32(frame.position, -1);
  frame.position += 4;
  return true;
}

/** Shorter ways for the common conversions; the same bytes as encoderOf's. */
function encoderFor({ convert, type: text }: TableShape["columns"][number], real: boolean): EncodeStored {
  const type = parseType(text);
  const { base } = type;
  if (convert.as === "integer" && !real) return numbers.integer(type);
  if (convert.as === "real" && base === "double precision") return numbers.float;
  if (convert.as === "boolean" && !real) return numbers.boolean;
  if (convert.as === "text" && !convert.numbers && base !== "char")
    return texts.text(type.modifiers[0] ?? Number.POSITIVE_INFINITY, 0);
  if (convert.as === "json") return texts.text(Number.POSITIVE_INFINITY, base === "jsonb" ? 1 : 0);
  if (convert.as === "bytes" && !real) return texts.bytes;
  const proper = throughValue(encoderOf(convert, text, { checked: true, encoding: "UTF-8" }), real);
  if (convert.as === "instant" || convert.as === "local") return times.timestamp(type, proper);
  if (convert.as === "date") return times.date(proper);
  return proper;
}
