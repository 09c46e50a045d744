import type { CopyFrame, CopyIn } from "../../db/postgres/copy-in.ts";
import { encoderOf } from "./encode/column.ts";
import { doubtful, type Encode, RawText, type Reading, type Value } from "./encode/encoder.ts";
import type { RawRow } from "./read.ts";
import type { TableShape } from "./shape.ts";

/** A column that does not fit: its position and why. */
export interface Misfit {
  column: number;
  reason: string;
}

/** Most bytes that a value takes which is neither text nor blob: a numeric of a float's seventeen digits. */
const fixedBytes = 64;

/** Writes the rows of one table into a binary COPY. */
export class RowEncoder {
  readonly #encoders: Encode[];
  readonly #reading: Reading;

  constructor(shape: TableShape) {
    this.#reading = { checked: false, encoding: shape.encoding };
    this.#encoders = shape.columns.map(({ convert, type }) => encoderOf(convert, type, this.#reading));
  }

  /** Bytes that the row takes at most. @param row the rowid first, which is not written */
  room(row: RawRow): number {
    let bytes = 2 + this.#encoders.length * fixedBytes;
    for (let i = 1; i < row.length; i++) {
      const value = row[i];
      // Three bytes a UTF-16 unit at most.
      if (typeof value === "string") bytes += value.length * 3;
      else if (typeof value === "object" && value !== null) bytes += sizeOf(value);
    }
    return bytes;
  }

  /**
   * Writes a row; where a value does not fit, nothing of it is left.
   * @param checked whether the row was read as bytes
   * @returns the misfit, null where all fits, "doubtful" where the row has to be read again as bytes
   */
  write(row: RawRow, frame: CopyFrame, checked: boolean): Misfit | typeof doubtful | null {
    const encoders = this.#encoders;
    this.#reading.checked = checked;
    const start = frame.position;
    frame.view.setInt16(start, encoders.length);
    frame.position = start + 2;
    for (let i = 0; i < encoders.length; i++) {
      const value = row[i + 1] as Value | null;
      if (value === null) {
        frame.view.setInt32(frame.position, -1);
        frame.position += 4;
        continue;
      }
      const reason = (encoders[i] as Encode)(value, frame);
      if (reason === null) continue;
      frame.position = start;
      return reason === doubtful ? doubtful : { column: i, reason };
    }
    return null;
  }

  /** Writes a row of any size into the COPY, through a buffer of its own where a frame is too small. */
  async send(row: RawRow, copy: CopyIn, checked: boolean): Promise<Misfit | typeof doubtful | null> {
    const most = this.room(row);
    if (most > copy.room) await copy.flush();
    if (most <= copy.room) return this.write(row, copy, checked);
    const buffer = Buffer.allocUnsafeSlow(this.#exactRoom(row));
    const frame = { buffer, view: new DataView(buffer.buffer), position: 0 };
    const misfit = this.write(row, frame, checked);
    if (misfit === null) await copy.sendLarge(buffer, 0, frame.position);
    return misfit;
  }

  /** As `room`, with texts counted in full: three times 100 MB would be too much to ask for. */
  #exactRoom(row: RawRow): number {
    const bytes = (value: RawRow[number]) =>
      typeof value === "string" ? Buffer.byteLength(value) + (value.length >> 3) : sizeOf(value);
    return row.reduce<number>((sum, value) => sum + bytes(value), this.#encoders.length * fixedBytes + 2);
  }
}

function sizeOf(value: RawRow[number]): number {
  if (value instanceof RawText) return value.bytes.length;
  return value instanceof Uint8Array ? value.length : 0;
}
