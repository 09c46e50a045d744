import { isUtf8 } from "node:buffer";
import { integerOf, isNarrow, isText, lengthOf, stored } from "../../../db/sqlite-pages/fields.ts";
import type { StoredRow } from "../../../db/sqlite-pages/stored-row.ts";
import type { Encode, Value } from "../encode/encoder.ts";
import type { EncodeStored } from "./encoder.ts";
import { isNan } from "./numbers.ts";

/**
 * Through a value as SQLite would give it and the conversion proper, for what has no shorter way.
 * @param real whether the column has REAL's affinity, in which integers are floats kept short
 */
export function throughValue(encode: Encode, real: boolean): EncodeStored {
  return (row, field, frame) => {
    const value = sqlValue(row, field, real);
    return value !== undefined && encode(value, frame) === null;
  };
}

/** Undefined where its bytes are no valid text. */
function sqlValue(row: StoredRow, field: number, real: boolean): Value | undefined {
  const type = row.types[field] as number;
  const at = row.places[field] as number;
  if (isNarrow(type)) return real ? integerOf(row, field) : BigInt(integerOf(row, field));
  if (type === stored.float) return isNan(row, field) ? undefined : row.view.getFloat64(at);
  if (type === stored.wide) return real ? undefined : row.view.getBigInt64(at);
  const end = at + lengthOf(type);
  if (!isText(type)) return row.bytes.subarray(at, end);
  for (let i = at; i < end; i++) {
    if ((row.bytes[i] as number) < 128) continue;
    return isUtf8(row.bytes.subarray(at, end)) ? row.bytes.toString("utf8", at, end) : undefined;
  }
  return row.bytes.toString("latin1", at, end);
}
