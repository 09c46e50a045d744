import { openSource } from "../../db/sqlite/open.ts";
import { PageFile } from "../../db/sqlite-pages/page-file.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import type { Piece } from "./pieces.ts";
import {
  newScan,
  type Progress,
  type Range,
  type Reading,
  readingOf,
  scanThroughSqlite,
  type TableScan,
} from "./scan.ts";
import { StoredScan } from "./stored-scan.ts";

export interface ProfileInput {
  file: string;
  bytes: number;
  catalog: SourceCatalog;
  pieces: Piece[];
  /** One 32-bit number that all threads share: the next piece to take. */
  next: SharedArrayBuffer;
}

/** Takes pieces until none is left, and gives back what was found, by the table's place in the catalog. */
export function scanPieces(input: ProfileInput, progress: Progress): Map<number, TableScan> {
  const { file, catalog, pieces } = input;
  const source = openSource(file);
  const pages = PageFile.alone(file);
  const counter = new Int32Array(input.next);
  const scans = new Map<number, TableScan>();
  let pending = 0;
  const report = (rows: number) => {
    pending += rows;
    // Messages between threads are dear: one for each 10,000 rows.
    if (pending < 10_000) return;
    progress(pending);
    pending = 0;
  };
  let scanner: PieceScanner | undefined;
  try {
    for (let piece = pieces[Atomics.add(counter, 0, 1)]; piece; piece = pieces[Atomics.add(counter, 0, 1)]) {
      const table = catalog.tables[piece.table];
      if (!table) continue;
      if (scanner?.table !== table) scanner = new PieceScanner(readingOf(source, catalog, table, input.bytes), pages);
      mergeScan(scans, piece.table, scanner.scan(piece.range, report), table);
    }
    progress(pending);
    return scans;
  } finally {
    source.close();
    pages?.close();
  }
}

/** Scans pieces of one table in the way that fits it. */
class PieceScanner {
  readonly table: SourceTable;
  readonly #reading: Reading;
  readonly #stored: StoredScan | null;

  constructor(reading: Reading, pages: PageFile | null) {
    this.table = reading.table;
    this.#reading = reading;
    this.#stored = pages && StoredScan.of(reading, pages);
  }

  scan(range: Range | null, progress: Progress): TableScan {
    const scan = newScan(this.table);
    if (range === null || !this.#stored?.takes(range)) {
      scanThroughSqlite(this.#reading, range, scan, progress);
      return scan;
    }
    try {
      this.#stored.scan(range, scan, progress);
      return scan;
    } catch {
      // A damaged page is told of in SQLite's words.
      progress(-scan.rows);
      const anew = newScan(this.table);
      scanThroughSqlite(this.#reading, range, anew, progress);
      return anew;
    }
  }
}

/** Adds what was found in a part of a table. @param part as it may have come from another thread */
export function mergeScan(scans: Map<number, TableScan>, number: number, part: TableScan, table: SourceTable): void {
  const scan = scans.get(number) ?? newScan(table);
  scans.set(number, scan);
  scan.rows += part.rows;
  part.columns.forEach((column, i) => {
    scan.columns[i]?.merge(column);
  });
}
