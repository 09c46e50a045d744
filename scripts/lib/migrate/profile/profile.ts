import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Reporter } from "../../cli/reporter.ts";
import { openSource, type SourceFile } from "../../db/sqlite/open.ts";
import { type PreparedThread, prepareThread } from "../../threads/thread.ts";
import type { Profile, TableProfile } from "../model/profile.ts";
import type { SourceCatalog, SourceTable } from "../model/source.ts";
import { cutPieces, isMoved, type Piece, rowidEnds } from "./pieces.ts";
import { readSamples } from "./samples.ts";
import { newScan, type TableScan } from "./scan.ts";
import { mergeScan, type ProfileInput, scanPieces } from "./scan-pieces.ts";

/** Below this size, in bytes, starting threads takes longer than the scan. */
const worthThreads = 8e6;
const mostThreads = 4;

type ScanThread = PreparedThread<ProfileInput, Map<number, TableScan>>;

/**
 * Starts the threads for a file of that size; none where it is not worth it.
 * @param beside cores that will have other work
 */
export function prepareScans(bytes: number, beside = 0): ScanThread[] {
  const free = availableParallelism() - beside;
  const count = bytes < worthThreads ? 0 : Math.max(1, Math.min(free, mostThreads));
  return Array.from({ length: count }, () => prepareThread(new URL("./profile-thread.ts", import.meta.url)));
}

/**
 * Reads every value of every table and tells what there is, so that no type is chosen that the data contradicts.
 * Ordinary tables and what virtual tables show; not shadow and internal ones. Memory does not grow with the rows.
 * @param file the snapshot: nobody may be writing it
 * @param threads of `prepareScans`, where they were started ahead
 * @throws {LandfallError} source, where a page cannot be read
 */
export async function profileSource(
  file: string,
  catalog: SourceCatalog,
  reporter: Reporter,
  threads?: ScanThread[],
): Promise<Profile> {
  const bytes = statSync(file).size;
  const source = openSource(file);
  try {
    const pieces = cutPieces(source, catalog);
    const scans = await scanAll(
      { file, bytes, catalog, pieces, next: new SharedArrayBuffer(4) },
      threads ?? prepareScans(bytes),
      reporter,
    );
    const tables = catalog.tables.flatMap((table, number) =>
      isMoved(table) ? [tableProfile(source, table, scans.get(number) ?? newScan(table))] : [],
    );
    return { version: 1, schemaDigest: catalog.schemaDigest, tables };
  } finally {
    source.close();
  }
}

async function scanAll(
  input: ProfileInput,
  threads: ScanThread[],
  reporter: Reporter,
): Promise<Map<number, TableScan>> {
  const progress = reporter.progress("profile", expectedRows(input), "rows");
  let done = 0;
  const update = (rows: number) => {
    done += rows;
    progress.update(done);
  };
  try {
    if (threads.length === 0) return scanPieces(input, update);
    const parts = await Promise.all(threads.map((thread) => thread.run(input, update)));
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
