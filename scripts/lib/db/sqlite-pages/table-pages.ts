import type { PageFile } from "./page-file.ts";

/** Kinds of pages of a table that has rowids. */
const kinds = { inner: 5, leaf: 13 };
/** A tree is far lower, whatever the file's size. */
const mostLevels = 60;

/** A leaf page of a table: rows in the order of their rowids. Used again for the next one. */
export interface Leaf {
  /** The page alone. */
  bytes: Buffer;
  view: DataView;
  /** Its rows: places of their cells in `bytes`. */
  cells: Uint16Array;
  count: number;
}

/** Walks a table's tree of pages from a rowid on. Rowids are numbers here: tables with any beyond 2^53 are read through SQLite. */
export class TablePages {
  readonly file: PageFile;
  readonly #root: number;
  readonly #leaf: Leaf;

  /** @param root the table's first page, as sqlite_schema names it */
  constructor(file: PageFile, root: number) {
    this.file = file;
    this.#root = root;
    const bytes = Buffer.allocUnsafeSlow(file.pageSize);
    this.#leaf = { bytes, view: new DataView(bytes.buffer), cells: new Uint16Array(file.pageSize >> 2), count: 0 };
  }

  /** Every leaf from the one on in which `first` stands or would stand. The same object each time. */
  *leaves(first: number): Generator<Leaf> {
    /** Inner pages on the way down, each with its child that is next. */
    const path: { page: number; next: number }[] = [];
    let seeking = true;
    let seen = 0;
    for (let page: number | undefined = this.#root; page !== undefined; ) {
      // No page stands in a sound tree twice.
      if (++seen > this.file.count) throw this.file.broken(`the tree of page ${this.#root} has no end`);
      const bytes = this.file.page(page);
      const kind = bytes[headOf(page)];
      if (kind === kinds.leaf) {
        seeking = false;
        yield this.#take(page, bytes);
        page = this.#next(path);
      } else if (kind === kinds.inner && path.length < mostLevels) {
        const number = seeking ? childOf(page, bytes, first) : 0;
        path.push({ page, next: number + 1 });
        page = childAt(page, bytes, number);
      } else throw this.file.broken(`page ${page} has no place in a table's tree`);
    }
  }

  #next(path: { page: number; next: number }[]): number | undefined {
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const bytes = this.file.page(top.page);
      if (top.next <= countOf(top.page, bytes)) return childAt(top.page, bytes, top.next++);
      path.pop();
    }
    return undefined;
  }

  #take(page: number, from: Buffer): Leaf {
    const leaf = this.#leaf;
    leaf.bytes.set(from);
    const { view, cells } = leaf;
    const first = headOf(page) + 8;
    leaf.count = countOf(page, from);
    if (first + leaf.count * 2 > this.file.usable) throw this.file.broken(`page ${page} has too many rows`);
    for (let i = 0; i < leaf.count; i++) cells[i] = view.getUint16(first + i * 2);
    return leaf;
  }
}

/** Where the page's own header begins: the first page has the file's before it. */
const headOf = (page: number) => (page === 1 ? 100 : 0);

/** Cells of a page. An inner page has one child more. */
const countOf = (page: number, bytes: Buffer) => bytes.readUInt16BE(headOf(page) + 3);

/** Place of a cell of an inner page. */
const cellAt = (page: number, bytes: Buffer, number: number) => bytes.readUInt16BE(headOf(page) + 12 + number * 2);

/** The last child stands in the header. */
function childAt(page: number, bytes: Buffer, number: number): number {
  return bytes.readUInt32BE(number < countOf(page, bytes) ? cellAt(page, bytes, number) : headOf(page) + 8);
}

/** The first child that can hold the rowid: a cell's key is the largest of the rowids below it. */
function childOf(page: number, bytes: Buffer, rowid: number): number {
  let low = 0;
  let high = countOf(page, bytes);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (readVarint(bytes, cellAt(page, bytes, middle) + 4) < rowid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reads a variable-length integer; not exact beyond 2^53. `varintEnd` is then the place behind it. */
export function readVarint(bytes: Uint8Array, at: number): number {
  let byte = bytes[at] as number;
  if (byte < 128) {
    varintEnd = at + 1;
    return byte;
  }
  let value = byte & 127;
  for (let i = 1; i < 8; i++) {
    byte = bytes[at + i] as number;
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      varintEnd = at + i + 1;
      return value;
    }
  }
  varintEnd = at + 9;
  value = value * 256 + (bytes[at + 8] as number);
  // Nine bytes hold all 64 bits: those of a negative number.
  return value >= 2 ** 63 ? negative(bytes, at) : value;
}

/** Set by readVarint. */
export let varintEnd = 0;

function negative(bytes: Uint8Array, at: number): number {
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 7n) | BigInt((bytes[at + i] as number) & 127);
  return Number(BigInt.asIntN(64, (value << 8n) | BigInt(bytes[at + 8] as number)));
}
