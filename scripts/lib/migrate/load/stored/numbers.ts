import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import { type Fields, integerOf, isNarrow, stored } from "../../../db/sqlite-pages/fields.ts";
import { writeInt64 } from "../encode/numbers.ts";
import type { ColumnType } from "../encode/type.ts";
import type { EncodeStored } from "./encoder.ts";

const ranges: Record<string, { bytes: 2 | 4; min: number; max: number }> = {
  smallint: { bytes: 2, min: -32_768, max: 32_767 },
  integer: { bytes: 4, min: -2_147_483_648, max: 2_147_483_647 },
};

/** smallint, integer, bigint. */
export function integer({ base }: ColumnType): EncodeStored {
  const range = ranges[base];
  if (range === undefined) return bigint;
  const { bytes, min, max } = range;
  return (row, field, frame) => {
    if (!isNarrow(row.types[field] as number)) return false;
    const value = integerOf(row, field);
    if (value < min || value > max) return false;
    const { view, position } = frame;
    view.setInt32(position, bytes);
    if (bytes === 2) view.setInt16(position + 4, value);
    else view.setInt32(position + 4, value);
    frame.position = position + 4 + bytes;
    return true;
  };
}

const bigint: EncodeStored = (row, field, frame) => {
  const type = row.types[field] as number;
  if (type === stored.wide) return writeEight(row, field, frame);
  if (!isNarrow(type)) return false;
  writeInt64(integerOf(row, field), frame);
  return true;
};

/** double precision, bit for bit. A column with REAL's affinity keeps whole numbers as integers. */
export const float: EncodeStored = (row, field, frame) => {
  const type = row.types[field] as number;
  if (type === stored.float) return !isNan(row, field) && writeEight(row, field, frame);
  if (!isNarrow(type)) return false;
  frame.view.setInt32(frame.position, 8);
  frame.view.setFloat64(frame.position + 4, integerOf(row, field));
  frame.position += 12;
  return true;
};

/** SQLite writes no NaN, and reads one that somebody else wrote as NULL. */
export function isNan({ view, places }: Fields, field: number): boolean {
  const at = places[field] as number;
  const high = view.getUint32(at) & 0x7fff_ffff;
  return high > 0x7ff0_0000 || (high === 0x7ff0_0000 && view.getUint32(at + 4) !== 0);
}

/** Both write integers of eight bytes, and floats, with the highest byte first. */
function writeEight(row: Fields, field: number, frame: CopyFrame): true {
  const at = row.places[field] as number;
  const { view, position } = frame;
  view.setInt32(position, 8);
  view.setUint32(position + 4, row.view.getUint32(at));
  view.setUint32(position + 8, row.view.getUint32(at + 4));
  frame.position = position + 12;
  return true;
}

/** 0 and 1. Words go the long way. */
export const boolean: EncodeStored = (row, field, frame) => {
  if (!isNarrow(row.types[field] as number)) return false;
  const value = integerOf(row, field);
  if (value !== 0 && value !== 1) return false;
  frame.view.setInt32(frame.position, 1);
  frame.buffer[frame.position + 4] = value;
  frame.position += 5;
  return true;
};
