import { openSource } from "../../db/sqlite/open.ts";
import type { SourceCatalog } from "../model/source.ts";
import type { Piece } from "./pieces.ts";
import { newScan, scanPiece, type TableScan } from "./scan.ts";

export interface ProfileInput {
  file: string;
  bytes: number;
  catalog: SourceCatalog;
  pieces: Piece[];
  /** One 32-bit number that all threads share: the next piece to take. */
  next: SharedArrayBuffer;
}

/** Takes pieces until none is left, and gives back what was found, by the table's place in the catalog. */
export function scanPieces(
  { file, bytes, catalog, pieces, next }: ProfileInput,
  progress: (rows: number) => void,
): Map<number, TableScan> {
  const source = openSource(file);
  const counter = new Int32Array(next);
  const scans = new Map<number, TableScan>();
  let pending = 0;
  const report = (rows: number) => {
    pending += rows;
    // Messages between threads are dear: one for each 10,000 rows.
    if (pending < 10_000) return;
    progress(pending);
    pending = 0;
  };
  try {
    for (let piece = pieces[Atomics.add(counter, 0, 1)]; piece; piece = pieces[Atomics.add(counter, 0, 1)]) {
      const table = catalog.tables[piece.table];
      if (!table) continue;
      const scan = scans.get(piece.table) ?? newScan(table);
      scans.set(piece.table, scan);
      scanPiece(source, catalog, piece, bytes, scan, report);
    }
    progress(pending);
    return scans;
  } finally {
    source.close();
  }
}
