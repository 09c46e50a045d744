import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { SqlValue } from "../../../db/sqlite/open.ts";
import type { SourceCatalog } from "../../model/source.ts";

/** A text whose bytes no string can show truly: they are not valid in the file's encoding, or too many for a string. */
export class RawText {
  readonly bytes: Uint8Array;
  /** False where the bytes are not valid. A valid one holds UTF-8. */
  readonly valid: boolean;

  constructor(bytes: Uint8Array, valid: boolean) {
    this.bytes = bytes;
    this.valid = valid;
  }
}

/** A value to encode: NULL is written by the row's encoder. */
export type Value = Exclude<SqlValue, null> | RawText;

/**
 * Writes one value in PostgreSQL's binary form, its length first, at the frame's position and moves that on.
 * @returns null, or why the value does not fit; the position is anything then
 */
export type Encode = (value: Value, frame: CopyFrame) => string | null;

/** How the rows at hand were read, shared by all encoders of a table. */
export interface Reading {
  /** Texts were read as bytes and checked, so a U+FFFD in one is the text's own. */
  checked: boolean;
  /** Of the file. In UTF-16 a lone surrogate arrives as another character beyond U+FFFF. */
  readonly encoding: SourceCatalog["encoding"];
}

/** Not a misfit but a doubt: the string may not be what the file holds, and has to be read again as bytes. */
export const doubtful = "doubtful";

/** A class that the conversion does not take, in words. */
export function notTaken(value: Value, type: string): string {
  if (typeof value === "bigint") return `an INTEGER does not fit ${type}`;
  if (typeof value === "number") return `a REAL does not fit ${type}`;
  if (typeof value === "string") return `this text does not fit ${type}`;
  if (value instanceof RawText) return value.valid ? `this text does not fit ${type}` : invalidText;
  return `a BLOB does not fit ${type}`;
}

export const invalidText = "its bytes are not valid text in the file's encoding";
export const nulInText = "it holds a NUL byte, which PostgreSQL's text cannot";

export function writeNull(frame: CopyFrame): null {
  frame.view.setInt32(frame.position, -1);
  frame.position += 4;
  return null;
}
