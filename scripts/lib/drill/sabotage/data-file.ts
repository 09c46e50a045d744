import { closeSync, openSync, readSync, writeSync } from "node:fs";

const pageBytes = 8192;
const pagesOfSegment = 131_072;
/** Of a page's header; after it come the line pointers, four bytes each. */
const headerBytes = 24;

/** Where a row is: as its ctid "(page,number)" says. */
export interface RowPlace {
  page: number;
  number: number;
}

export function parseCtid(ctid: string): RowPlace {
  const [page = 0, number = 0] = (ctid.match(/\d+/g) ?? []).map(Number);
  return { page, number };
}

/** Changes a page of a table's data file in place. @param change works on the page's bytes; false leaves it as it is */
export function changePage(file: string, page: number, change: (bytes: Buffer) => boolean): boolean {
  const segment = Math.floor(page / pagesOfSegment);
  const handle = openSync(segment === 0 ? file : `${file}.${segment}`, "r+");
  try {
    const bytes = Buffer.alloc(pageBytes);
    const at = (page % pagesOfSegment) * pageBytes;
    if (readSync(handle, bytes, 0, pageBytes, at) !== pageBytes || !change(bytes)) return false;
    return writeSync(handle, bytes, 0, pageBytes, at) === pageBytes;
  } finally {
    closeSync(handle);
  }
}

/**
 * Changes a value within a row's bytes on its page, to another one of the same length.
 * Source of the layout: PostgreSQL's manual, "Database Page Layout".
 * @param value the bytes to look for @param isText then only a letter or a digit is changed, so that it stays valid UTF-8
 */
export function changeValue(page: Buffer, { number }: RowPlace, value: Buffer, isText: boolean): boolean {
  const pointer = page.readUInt32LE(headerBytes + 4 * (number - 1));
  const [from, length] = [pointer & 0x7fff, pointer >>> 17];
  const at = page.subarray(from, from + length).lastIndexOf(value);
  if (at < 0 || value.length === 0) return false;
  const offset = isText ? value.findIndex((byte) => /[A-Za-z0-9]/.test(String.fromCharCode(byte))) : 0;
  if (offset < 0) return false;
  const byte = page[from + at + offset] ?? 0;
  // The other case of a letter, the digit beside it, or a number that is one more or less.
  page[from + at + offset] = byte ^ (isText && byte > 0x39 ? 0x20 : 0x01);
  return true;
}
