import { lengthOf, stored } from "./fields.ts";
import type { PageFile } from "./page-file.ts";
import { type Leaf, readVarint, varintEnd } from "./table-pages.ts";

/** Most bytes of a row that is put together here from the pages it overflows to. */
const mostBytes = 1024 * 1024;

/**
 * One row as it is stored: for each field its serial type and its place in `bytes` (https://sqlite.org/fileformat2.html#record_format).
 * 0 is NULL, 1 to 6 are integers of 1, 2, 3, 4, 6, 8 bytes, 7 is a float, 8 and 9 are the integers 0 and 1, an even number from 12
 * on is a blob and an odd one from 13 on a text; 10, which stands in no file, is here the rowid. Used again for the next row.
 */
export class StoredRow {
  rowid = 0;
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Bytes of all fields and their header. */
  length = 0;
  /** Fields that the row has: a row from before an ALTER TABLE ADD COLUMN has fewer than the table. */
  fields = 0;
  readonly types: Int32Array;
  readonly places: Int32Array;
  readonly #file: PageFile;
  #long: { bytes: Buffer; view: DataView } | undefined;

  /** The field of the INTEGER PRIMARY KEY, which is stored as NULL; -1 where there is none. */
  readonly #rowidField: number;

  /** @param columns that the table stores */
  constructor(file: PageFile, columns: number, rowidField: number) {
    this.#file = file;
    this.#rowidField = rowidField;
    this.types = new Int32Array(columns);
    this.places = new Int32Array(columns);
  }

  /** Reads a row of the leaf. @returns false, with the rowid alone, where it is too large to be put together here */
  read(leaf: Leaf, number: number): boolean {
    const length = readVarint(leaf.bytes, leaf.cells[number] as number);
    this.rowid = readVarint(leaf.bytes, varintEnd);
    this.length = length;
    const place = varintEnd;
    if (length <= this.#file.usable - 35) {
      this.bytes = leaf.bytes;
      this.view = leaf.view;
      this.#readHeader(place);
      return true;
    }
    if (length > mostBytes) return false;
    this.#putTogether(leaf, place, length);
    this.#readHeader(0);
    return true;
  }

  #readHeader(start: number): void {
    const { bytes, types, places } = this;
    const most = types.length;
    const end = start + readVarint(bytes, start);
    let at = varintEnd;
    let place = end;
    let field = 0;
    while (at < end && field < most) {
      let type = bytes[at] as number;
      places[field] = place;
      if (type < 128) {
        at++;
        place += sizes[type] as number;
      } else {
        type = readVarint(bytes, at);
        at = varintEnd;
        place += lengthOf(type);
      }
      types[field] = type;
      field++;
    }
    this.fields = field;
    if (this.#rowidField >= 0) types[this.#rowidField] = stored.rowid;
    if (place > start + this.length || at > end)
      throw this.#file.broken(`the row ${this.rowid} ends before its fields do`);
  }

  /** The part in the leaf, and then page after page, each with the number of the next before it. */
  #putTogether(leaf: Leaf, place: number, length: number): void {
    const { usable } = this.#file;
    if (this.#long === undefined || this.#long.bytes.length < length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(length, 64 * 1024));
      this.#long = { bytes, view: new DataView(bytes.buffer) };
    }
    const { bytes, view } = this.#long;
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const wished = least + ((length - least) % (usable - 4));
    const local = wished <= usable - 35 ? wished : least;
    bytes.set(leaf.bytes.subarray(place, place + local));
    let page = leaf.view.getUint32(place + local);
    for (let at = local; at < length; ) {
      const from = this.#file.page(page);
      const part = Math.min(usable - 4, length - at);
      bytes.set(from.subarray(4, 4 + part), at);
      page = from.readUInt32BE(0);
      at += part;
    }
    this.bytes = bytes;
    this.view = view;
  }
}

/** Bytes of the serial types that one byte holds. */
const sizes = Uint8Array.from({ length: 128 }, (_, type) =>
  type < stored.firstBlob ? ([0, 1, 2, 3, 4, 6, 8, 8][type] ?? 0) : lengthOf(type),
);
