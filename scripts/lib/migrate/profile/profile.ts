import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Reporter } from "../../cli/reporter.ts";
import { openSource, type SourceFile } from "../../db/sqlite/open.ts";
import { inThread } from "../../threads/thread.ts";
import type { Profile, TableProfile } from "../model/profile.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { cutPieces, isMoved, type Piece, rowidEnds } from "./pieces.ts";
import { readSamples } from "./samples.ts";
import { newScan, type TableScan } from "./scan.ts";
import { mergeScan, type ProfileInput, scanPieces } from "./scan-pieces.ts";

/** Below this size, in bytes, starting threads takes longer than the scan. */
const worthThreads = 8e6;
const mostThreads = 4;

/**
 * Reads every value of every table and tells what there is, so that no type is chosen that the data contradicts.
 * Ordinary tables and what virtual tables show; not shadow and internal ones. Memory does not grow with the rows.
 * @param file the snapshot: nobody may be writing it
 * @throws {LandfallError} source, where a page cannot be read
 */
export async function profileSource(file: string, catalog: SourceCatalog, reporter: Reporter): Promise<Profile> {
  const bytes = statSync(file).size;
  const source = openSource(file);
  try {
    const pieces = cutPieces(source, catalog);
    const scans = await scanAll({ file, bytes, catalog, pieces, next: new SharedArrayBuffer(4) }, reporter);
    const tables = catalog.tables.flatMap((table, number) =>
      isMoved(table) ? [tableProfile(source, table, scans.get(number) ?? newScan(table))] : [],
    );
    return { version: 1, schemaDigest: catalog.schemaDigest, tables };
  } finally {
    source.close();
  }
}

async function scanAll(input: ProfileInput, reporter: Reporter): Promise<Map<number, TableScan>> {
  const progress = reporter.progress("profile", expectedRows(input), "rows");
  let done = 0;
  const update = (rows: number) => {
    done += rows;
    progress.update(done);
  };
  try {
    if (input.bytes < worthThreads) return scanPieces(input, update);
    const threads = Math.min(availableParallelism(), mostThreads, input.pieces.length);
    const module = new URL("./profile-thread.ts", import.meta.url);
    const parts = await Promise.all(
      Array.from({ length: threads }, () => inThread<Map<number, TableScan>>(module, input, update)),
    );
    return mergeAll(parts, input.catalog);
  } finally {
    progress.done();
  }
}

/** Rowids with gaps promise more rows than the file can hold: then the count is not known. */
function expectedRows({ pieces, bytes }: { pieces: Piece[]; bytes: number }): number {
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  return rows <= bytes / 4 ? rows : 0;
}

function mergeAll(parts: Map<number, TableScan>[], catalog: SourceCatalog): Map<number, TableScan> {
  const merged = new Map<number, TableScan>();
  for (const [number, part] of parts.flatMap((one) => [...one])) {
    const table = catalog.tables[number];
    if (table) mergeScan(merged, number, part, table);
  }
  return merged;
}

function tableProfile(source: SourceFile, table: SourceTable, scan: TableScan): TableProfile {
  const ends = rowidEnds(source, table);
  const samples = readSamples(source, table);
  return {
    name: table.name,
    rows: scan.rows,
    rowids: ends ? { min: String(ends.min), max: String(ends.max) } : null,
    columns: table.columns.map(({ name }, i) => (scan.columns[i] ?? newColumn()).profile(name, samples[i] ?? [])),
  };
}

const newColumn = () => {
  throw new Error("a column was not scanned");
};
