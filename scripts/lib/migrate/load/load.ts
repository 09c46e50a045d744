import { availableParallelism } from "node:os";
import type { Reporter } from "../../cli/reporter.ts";
import type { Target } from "../../db/postgres/target.ts";
import { openSource } from "../../db/sqlite/open.ts";
import { Control } from "../control/control.ts";
import { writeManifest } from "../control/manifest.ts";
import { setAside } from "../control/set-aside.ts";
import type { Plan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { LoadResult, Snapshot } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import type { LoadJob } from "./job.ts";
import { lanesPerThread, loadHere, loadInThreads } from "./pool.ts";
import { writeQuarantineFile } from "./quarantine-file.ts";
import { shapesOf, type TableShape } from "./shape.ts";
import { stopOnSignals } from "./signals.ts";
import { refuseFilled } from "./target-tables.ts";

export interface LoadInput {
  snapshot: Snapshot;
  catalog: SourceCatalog;
  plan: Plan;
  target: Target;
  runId: string;
  /** The run's folder: quarantine.jsonl goes there. */
  folder: string;
  /** Tables or ranges that are copied at once; by the machine where it is not given. */
  workers?: number | undefined;
  strict?: boolean | undefined;
  /** Says how large rows are, so that few large ones are read at a time. */
  profile?: Profile | undefined;
  /** Rows of a transaction, 250,000 unless given. The same for all attempts of a run. */
  chunkRows?: number | undefined;
  /** Target tables that may hold rows already: those are kept, and the source's are added. */
  allowFilled?: string[] | undefined;
}

/** Below both one connection is enough, and a thread's start takes longer than the rows. */
const worthMore = { rows: 100_000, chunks: 200 };
/** Connections that a machine of many cores opens on its own: a small server has no more to give. */
const mostWorkers = 16;

/**
 * Copies every row of the plan's tables into the target, where the tables are and are empty. What is loaded is written down in
 * the target together with the rows: a load that ended anywhere goes on where it was when it is called again.
 * @throws {LandfallError} busy, target, source; quarantined with `strict`; interrupted after SIGINT and SIGTERM
 */
export async function load(input: LoadInput, reporter: Reporter): Promise<LoadResult> {
  const started = Date.now();
  const { snapshot, plan, catalog, target, runId } = input;
  const control = await Control.open(target, { runId, source: snapshot.source, sha256: snapshot.sha256 });
  const signals = stopOnSignals();
  try {
    const shapes = shapesOf(plan, catalog);
    const done = await control.chunks();
    await refuseFilled(control.connection, plan, new Set([...done.map(({ table }) => table)]), input.allowFilled ?? []);
    await setAside(control, plan);
    const job: LoadJob = {
      ...{ runId, file: snapshot.file, target, shapes },
      largest: largestRows(input.profile, shapes),
      strict: input.strict ?? false,
      folder: input.folder,
    };
    const { chunks, rows } = cut(job, input.chunkRows);
    const isDone = new Set(done.map(({ table, chunk }) => `${chunk} ${table}`));
    const open = chunks.filter(({ table, number }) => !isDone.has(`${number} ${shapes[table]?.source}`));
    const known = sum(done.map(({ loaded, quarantined }) => loaded + quarantined));
    const progress = reporter.progress("rows copied", rows, "rows");
    let copied = known;
    const tick = (more: number) => {
      copied += more;
      progress.update(copied);
    };
    const workers = workersFor(input.workers, open, rows - known);
    try {
      const way = workers <= lanesPerThread ? loadHere : loadInThreads;
      await way(job, open, workers, signals.stop, tick);
    } finally {
      progress.done();
    }
    const tables = await writeManifest(control, plan);
    await writeQuarantineFile(control, input.folder);
    await control.setState("loaded");
    const bytes = sum((await control.chunks()).map((chunk) => chunk.bytes));
    return { tables, bytes, durationMs: Date.now() - started };
  } finally {
    signals.release();
    await control.close();
  }
}

/** All chunks of all tables, and about how many rows they have. */
function cut(job: LoadJob, chunkRows: number | undefined): { chunks: Chunk[]; rows: number } {
  const source = openSource(job.file, { immutable: true });
  try {
    const chunks = job.shapes.flatMap((shape, table) => chunksOf(source, table, shape, chunkRows));
    const rows = chunks.map(({ first, last }) => (first === null || last === null ? 0 : Number(last - first) + 1));
    return { chunks, rows: sum(rows) };
  } finally {
    source.close();
  }
}

function workersFor(wanted: number | undefined, open: Chunk[], rows: number): number {
  const few = rows < worthMore.rows;
  if (wanted === undefined && few) return open.length < worthMore.chunks ? 1 : lanesPerThread;
  // Two connections keep a thread of ours busy, and as much of the server.
  const count = wanted ?? Math.min(mostWorkers, Math.ceil(availableParallelism() / 2) * lanesPerThread);
  return Math.max(1, Math.min(count, open.length));
}

/** Bytes of each table's largest row at most, from the largest values of its columns. */
function largestRows(profile: Profile | undefined, shapes: TableShape[]): number[] {
  const columns = new Map(profile?.tables.map((table) => [table.name, table.columns]));
  return shapes.map(({ source }) =>
    sum((columns.get(source) ?? []).map(({ texts, blobs }) => Math.max(texts?.maxBytes ?? 0, blobs?.maxBytes ?? 0))),
  );
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
