import type { CopyFrame, CopyIn } from "../../db/postgres/copy-in.ts";
import { encoderOf } from "./encode/column.ts";
import { doubtful, type Encode, RawText, type Reading, type Value } from "./encode/encoder.ts";
import { textFormOf } from "./encode/text-form.ts";
import type { RawRow } from "./read.ts";
import type { TableShape } from "./shape.ts";

/** A column that does not fit: its position and why. */
export interface Misfit {
  column: number;
  reason: string;
}

/** Most bytes that a value takes which is neither text nor blob: a numeric of a float's seventeen digits. */
export const fixedBytes = 64;

/** Writes the rows of one table into its COPY. */
export class RowEncoder {
  readonly #encoders: Encode[];
  readonly #reading: Reading;
  /** The columns' text forms, where the COPY is of texts. */
  readonly #forms: ReturnType<typeof textFormOf>[] | null;

  constructor(shape: TableShape) {
    this.#reading = { checked: false, encoding: shape.encoding };
    this.#forms = shape.textual ? shape.columns.map(({ type }) => textFormOf(type)) : null;
    this.#encoders = shape.columns.map(({ convert, type }) => encoderOf(convert, type, this.#reading));
  }

  /** Bytes that the row takes at most. @param row the rowid first, which is not written */
  room(row: RawRow): number {
    // Known only once it is written.
    if (this.#forms !== null) return Number.POSITIVE_INFINITY;
    return this.#binaryRoom(row);
  }

  #binaryRoom(row: RawRow): number {
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
    // The rowid alone: a text is too long to be read as a string.
    if (row.length === 1 && encoders.length > 0) return doubtful;
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
    if (this.#forms !== null) return this.#sendText(row, this.#forms, copy, checked);
    const most = this.#binaryRoom(row);
    if (most > copy.room) await copy.flush();
    if (most <= copy.room) return this.write(row, copy, checked);
    const frame = frameOf(this.#exactRoom(row));
    const misfit = this.write(row, frame, checked);
    if (misfit === null) await copy.sendLarge(frame.buffer, 0, frame.position);
    return misfit;
  }

  /** The binary form first, which says whether all fits, and its text after that. */
  async #sendText(row: RawRow, forms: ReturnType<typeof textFormOf>[], copy: CopyIn, checked: boolean) {
    const frame = frameOf(this.#exactRoom(row));
    const { buffer, view } = frame;
    const misfit = this.write(row, frame, checked);
    if (misfit !== null) return misfit;
    let at = 2;
    const fields = forms.map((form, i) => {
      const length = view.getInt32(at);
      const bytes = buffer.subarray(at + 4, at + 4 + Math.max(0, length));
      at += 4 + bytes.length;
      return length < 0 ? "\\N" : form(bytes, row[i + 1] as Value).replaceAll(special, escaped);
    });
    await copy.sendLarge(Buffer.from(`${fields.join("\t")}\n`, "utf8"));
    return null;
  }

  /** As `room`, with texts counted in full: three times 100 MB would be too much to ask for. */
  #exactRoom(row: RawRow): number {
    const bytes = (value: RawRow[number]) =>
      typeof value === "string" ? Buffer.byteLength(value) + (value.length >> 3) : sizeOf(value);
    return row.reduce<number>((sum, value) => sum + bytes(value), this.#encoders.length * fixedBytes + 2);
  }
}

function frameOf(bytes: number): CopyFrame {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return { buffer, view: new DataView(buffer.buffer), position: 0 };
}

const special = /[\\\t\n\r]/g;
const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const escaped = (character: string) => escapes[character] ?? character;

function sizeOf(value: RawRow[number]): number {
  // Each byte that is not valid may become U+FFFD, by the user's word.
  if (value instanceof RawText) return value.bytes.length * (value.valid ? 1 : 3);
  return value instanceof Uint8Array ? value.length : 0;
}
