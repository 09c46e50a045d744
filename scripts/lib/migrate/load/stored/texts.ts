import { isUtf8 } from "node:buffer";
import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import { isBlob, isText, lengthOf } from "../../../db/sqlite-pages/fields.ts";
import type { StoredRow } from "../../../db/sqlite-pages/stored-row.ts";
import type { EncodeStored } from "./encoder.ts";

/** From this length on the native copy and check are quicker than a loop. */
const long = 200;

/** text, and what reads its text form in binary COPY too. @param most bytes that fit whatever they are @param version a byte before it, 0 for none */
export function text(most: number, version: 0 | 1): EncodeStored {
  return (row, field, frame) => {
    const type = row.types[field] as number;
    if (!isText(type)) return false;
    const length = lengthOf(type);
    if (length > most) return false;
    const at = row.places[field] as number;
    const { view, position } = frame;
    const start = position + 4 + version;
    if (
      !(length < long ? copyShort(row.bytes, at, length, frame.buffer, start) : copyLong(row, at, length, frame, start))
    )
      return false;
    view.setInt32(position, length + version);
    if (version > 0) frame.buffer[start - 1] = version;
    frame.position = start + length;
    return true;
  };
}

/** bytea. */
export const bytes: EncodeStored = (row, field, frame) => {
  const type = row.types[field] as number;
  if (!isBlob(type)) return false;
  const at = row.places[field] as number;
  const length = lengthOf(type);
  frame.view.setInt32(frame.position, length);
  frame.buffer.set(row.bytes.subarray(at, at + length), frame.position + 4);
  frame.position += 4 + length;
  return true;
};

/** Copies as it looks. @returns false for a NUL byte and for what is not UTF-8 */
function copyShort(from: Buffer, at: number, length: number, to: Buffer, start: number): boolean {
  let high = 0;
  for (let i = 0; i < length; i++) {
    const byte = from[at + i] as number;
    if (byte === 0) return false;
    high |= byte;
    to[start + i] = byte;
  }
  return high < 128 || isUtf8(from.subarray(at, at + length));
}

function copyLong({ bytes }: StoredRow, at: number, length: number, frame: CopyFrame, start: number): boolean {
  const part = bytes.subarray(at, at + length);
  if (part.indexOf(0) >= 0 || !isUtf8(part)) return false;
  frame.buffer.set(part, start);
  return true;
}
