import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { LandfallError } from "../../cli/errors.ts";
import { damaged } from "../sqlite/errors.ts";
import { readHeader } from "../sqlite/header.ts";

/** Bytes that are read at once: the pages of a table mostly lie one behind the other. */
const windowBytes = 256 * 1024;
/** Windows kept: the one being read, and those that the inner pages and the long rows lie in. */
const windowCount = 6;

interface Window {
  bytes: Buffer;
  /** Its number in the file; -1 while it holds nothing. */
  number: number;
  usedAt: number;
}

/**
 * The pages of a SQLite file that nobody writes and that has no log (https://sqlite.org/fileformat2.html): a run's snapshot, after
 * SQLite has found its trees sound. Pages are numbered from 1.
 */
export class PageFile {
  readonly pageSize: number;
  /** Bytes of a page that the format uses: the rest is an extension's. */
  readonly usable: number;
  /** Pages that the file has. */
  readonly count: number;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #windows: Window[] = [];
  #clock = 0;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, "r");
    const head = Buffer.alloc(100);
    readSync(this.#descriptor, head, 0, 100, 0);
    const header = readHeader(head);
    if (header === null) {
      this.close();
      throw this.broken("it has no header");
    }
    this.pageSize = header.pageSize;
    this.count = Math.floor(fstatSync(this.#descriptor).size / header.pageSize);
    this.usable = header.pageSize - (head[20] ?? 0);
  }

  /** @returns null where a log or a journal beside the file may have newer pages */
  static alone(file: string): PageFile | null {
    const beside = ["-wal", "-journal"].some((end) => statSync(file + end, { throwIfNoEntry: false })?.size);
    return beside ? null : new PageFile(file);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** @returns the page, to be used before the next one is asked for @throws {LandfallError} source, where the file ends before it */
  page(number: number): Buffer {
    const start = (number - 1) * this.pageSize;
    const wanted = Math.floor(start / windowBytes);
    const window = this.#windows.find((one) => one.number === wanted) ?? this.#read(wanted);
    window.usedAt = ++this.#clock;
    const at = start - wanted * windowBytes;
    if (number < 1 || at + this.pageSize > window.bytes.length) throw this.broken(`it has no page ${number}`);
    return window.bytes.subarray(at, at + this.pageSize);
  }

  broken(what: string): LandfallError {
    return damaged(this.#file, what);
  }

  #read(number: number): Window {
    if (this.#windows.length < windowCount) {
      this.#windows.push({ bytes: Buffer.allocUnsafeSlow(windowBytes), number: -1, usedAt: 0 });
    }
    const oldest = this.#windows.reduce((a, b) => (b.usedAt < a.usedAt ? b : a));
    oldest.number = -1;
    const whole = Buffer.from(oldest.bytes.buffer);
    oldest.bytes = whole.subarray(0, readSync(this.#descriptor, whole, 0, windowBytes, number * windowBytes));
    oldest.number = number;
    return oldest;
  }
}
