import { existsSync } from "node:fs";
import { setRestorePoint } from "../backup/restore-points.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { withConnection } from "../db/postgres/connection.ts";
import { readCatalog } from "../db/sqlite/catalog.ts";
import { openSource } from "../db/sqlite/open.ts";
import { deploySchema } from "../schema-deploy/deploy.ts";
import { planAfter, planProven } from "./aftermath.ts";
import type { Destination } from "./destination.ts";
import { type Examination, examine } from "./examine.ts";
import { finish } from "./finish/finish.ts";
import { load } from "./load/load.ts";
import type { Plan } from "./model/plan.ts";
import type { Profile } from "./model/profile.ts";
import type { FinishResult, LoadResult, Snapshot, VerifyResult } from "./model/results.ts";
import type { SourceCatalog } from "./model/source.ts";
import { type MigrateFlags, takesExisting } from "./options.ts";
import { writePlan } from "./plan/file.ts";
import { planFor } from "./planning.ts";
import { profileSource } from "./profile/profile.ts";
import { writeReport } from "./report/report.ts";
import { discardRun, holdsTablesOf } from "./restart.ts";
import { Run } from "./run/run.ts";
import { createSchema } from "./schema/create.ts";
import { lookAtSource } from "./snapshot/copy.ts";
import { type SwitchFile, writeSwitchFile } from "./switch.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import { RowsProof } from "./verify/rows.ts";
import { verify } from "./verify/verify.ts";

/** What the steps up to the loaded, indexed data came to. */
export interface Loaded {
  run: Run;
  /** True where the run had ended before, and nothing was done now. */
  before: boolean;
  catalog: SourceCatalog;
  snapshot: Snapshot;
  profile: Profile;
  plan: Plan;
  load: LoadResult;
  finish: FinishResult;
}

/** What a whole migration came to. */
export interface Migration extends Loaded {
  verdict: Verdict;
  verify: VerifyResult;
  switchFile: SwitchFile | null;
  report: { json: string; html: string };
}

export type MigrateOptions = MigrateFlags & { sqlite: string };

/**
 * Moves a SQLite file into a PostgreSQL and proves it: snapshot, profile, plan, schema, load, finish, verify, switch, report.
 * A run that was interrupted goes on where it was; one that has ended is only read again.
 * @throws {LandfallError} of the step that failed; what is done stays done
 */
export function migrate(destination: Destination, options: MigrateOptions, reporter: Reporter): Promise<Migration> {
  return inRun(destination, options, reporter, async (run) => {
    const rows = new RowsProof(reporter);
    try {
      return await prove(
        await move(run, 9, destination, options, reporter, rows),
        destination,
        options,
        reporter,
        rows,
      );
    } finally {
      await rows.end();
    }
  });
}

/** The first six of those steps: the data is in its place, and `verify` or `migrate` goes on from there. */
export function loadOnly(destination: Destination, options: MigrateOptions, reporter: Reporter): Promise<Loaded> {
  return inRun(destination, options, reporter, (run) => move(run, 6, destination, options, reporter));
}

async function inRun<T>(
  destination: Destination,
  options: MigrateOptions,
  reporter: Reporter,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  // Looked at before anything is set aside: a source that is not there is no reason to drop what it became.
  lookAtSource(options.sqlite);
  if (options.restart) await discardRun(destination, options, reporter);
  const run = await openRun(destination, options, reporter);
  try {
    return await work(run);
  } finally {
    run.close();
  }
}

/** Marks the moment before anything changes, for a restore to it, and makes the application's own schema where it has one. */
async function prepareTarget(destination: Destination, options: MigrateOptions, reporter: Reporter): Promise<void> {
  const { schemaDir, prisma } = options;
  if (schemaDir ?? prisma) await deploySchema(destination, { schemaDir, prisma, dryRun: false }, reporter);
  else if (destination.outputs) {
    const point = await withConnection(destination.target, (connection) =>
      setRestorePoint(connection, "before-migrate"),
    );
    reporter.note(`restore point ${point.name}`);
  }
}

/** The run that is there, else a new one: also where the target has lost what the old one made, as after `down` and `up`. */
async function openRun(destination: Destination, options: MigrateOptions, reporter: Reporter): Promise<Run> {
  const { name, runs: root } = destination;
  const run = Run.open(options.sqlite, name, { restart: options.restart, root });
  try {
    if (!run.isDone("schema") || (await holdsTablesOf(run, destination))) return run;
  } catch (error) {
    run.close();
    throw error;
  }
  run.close();
  reporter.note(`${name} no longer holds what an earlier run made there: beginning anew`);
  return Run.open(options.sqlite, name, { restart: true, root });
}

async function move(
  run: Run,
  total: number,
  destination: Destination,
  options: MigrateOptions,
  reporter: Reporter,
  rows?: RowsProof,
): Promise<Loaded> {
  const { target } = destination;
  const announce = announcer(run, total, reporter);

  announce(1, "Taking a snapshot of the source");
  let examination: Examination | undefined;
  const snapshot = await run.step("snapshot", () => {
    examination = examine(options.sqlite, run.folder, reporter);
    return examination.snapshot;
  });
  const catalog = readSnapshot(snapshot);

  announce(2, "Reading what every column holds");
  const profile = await run.step("profile", async () =>
    examination ? (await examination.profiled).profile : profileSource(snapshot.file, catalog, reporter),
  );

  announce(3, "Planning what becomes of every object");
  const plan = await run.step("plan", async () => {
    await prepareTarget(destination, options, reporter);
    return planFor({ catalog, profile, snapshot, target, options });
  });
  // For people; the run itself goes by plan.json.
  writePlan(run.path("plan.yaml"), plan);

  announce(4, takesExisting(options) ? "Taking the tables that are there" : "Making the tables");
  await run.step("schema", async () => {
    if (!takesExisting(options))
      await withConnection(target, (connection) => createSchema(connection, plan, run.state.id));
    return { tables: plan.tables.map(({ target }) => target) };
  });

  announce(5, "Copying the rows");
  const job = jobOf(run, destination, snapshot, catalog, plan);
  const { workers, strict } = options;
  // What the snapshot holds can be worked out for the proof while the server, or its disk, is what is waited for.
  const proof = run.isDone("verify") ? undefined : rows;
  proof?.readSource({ ...job, profile });
  const loaded = await run.step("load", () => load({ ...job, profile, workers, strict }, reporter));

  announce(6, "Building keys, indexes and constraints");
  const finished = await run.step("finish", () => finish(job, reporter, () => proof?.readTarget()));
  const before = run.state.finishedAt !== null;
  const outcome = planAfter(plan, finished, options.waiveUntranslated);
  return { run, before, catalog, snapshot, profile, plan: outcome, load: loaded, finish: finished };
}

async function prove(
  loaded: Loaded,
  destination: Destination,
  options: MigrateOptions,
  reporter: Reporter,
  rows: RowsProof,
): Promise<Migration> {
  const { run, before, catalog, snapshot } = loaded;
  const announce = announcer(run, 9, reporter);

  announce(7, "Comparing every value");
  const job = jobOf(run, destination, snapshot, catalog, loaded.plan);
  const verified = await run.step("verify", () => verify({ ...job, profile: loaded.profile }, reporter, rows));
  const plan = planProven(loaded.plan, verified, options.waiveUntranslated);
  const verdict = verdictOf(plan, loaded.load, verified);

  announce(8, "Writing the switch file");
  const switchFile = await run.step("switch", async () => writeSwitchFile(run, destination, verdict));

  announce(9, "Writing the report");
  const { id, startedAt, source, steps } = run.state;
  const { load, finish, profile } = loaded;
  const facts = { id, startedAt, source, destination: destination.name, steps };
  const report = await writeReport(run.folder, {
    ...{ run: facts, verdict, snapshot, catalog, profile, plan, load, finish, verify: verified },
  });
  if (!before) run.finish(verdict.text);
  return { ...loaded, plan, verdict, verify: verified, switchFile, report };
}

const announcer = (run: Run, total: number, reporter: Reporter) => (number: number, title: string) => {
  if (run.state.finishedAt === null) reporter.step(number, total, title);
};

/** What load, finish and verify all work on. */
export const jobOf = (run: Run, { target }: Destination, snapshot: Snapshot, catalog: SourceCatalog, plan: Plan) => ({
  ...{ snapshot, catalog, plan, target, runId: run.state.id, folder: run.folder },
});

/** The catalog of the run's own snapshot: cheap, so it is read anew and kept in no file. */
export function readSnapshot(snapshot: Snapshot): SourceCatalog {
  if (!existsSync(snapshot.file)) {
    throw new LandfallError(
      "source",
      `the run's snapshot ${snapshot.file} is gone`,
      "begin anew with --restart, which takes another",
    );
  }
  const source = openSource(snapshot.file);
  try {
    return readCatalog(source);
  } finally {
    source.close();
  }
}
