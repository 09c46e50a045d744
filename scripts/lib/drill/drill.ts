import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { StackOutputs } from "../../../infra/contract.ts";
import { pidOf, stop } from "../../../machine/daemon.ts";
import { tryLock } from "../../../machine/lock.ts";
import { type BackupEntry, pgbackrest } from "../backup/pgbackrest.ts";
import { makeRecords } from "../backup/records.ts";
import { type Candidate, recoveryOptions } from "../backup/restore/target.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import { type Reporter, silentReporter } from "../cli/reporter.ts";
import { duration } from "../cli/table.ts";
import { readCatalog } from "../db/catalog.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { Target } from "../db/postgres/target.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { databaseTarget } from "../stack/targets.ts";
import { folderStore } from "../store/folder.ts";
import { aim, type DrillTarget } from "./aim.ts";
import { Findings, within } from "./assertions.ts";
import { checkContent } from "./checks/content.ts";
import { checkStructures } from "./checks/integrity.ts";
import { checkManifest, type LoadedTable, readLoaded } from "./checks/manifest.ts";
import { checkPages } from "./checks/pages.ts";
import { checkRecovery } from "./checks/recovery.ts";
import { checkRepository, checkSource } from "./checks/source.ts";
import { checkUse } from "./checks/use.ts";
import {
  type Copy,
  discardCopy,
  discardLeftovers,
  drillId,
  prepareCopy,
  recover,
  restoreFiles,
  superuserTarget,
} from "./copy.ts";
import { lastPassed, recordDrill } from "./evidence.ts";
import type { Goal } from "./goal.ts";
import { startPooler } from "./pooler.ts";
import { conclude, type DrillResult } from "./result.ts";
import { type Applied, noSabotage, type Sabotage } from "./sabotage/sabotage.ts";
import { type Content, readRows, recoveryPointNow, type SourceState, sourceState } from "./source.ts";

type Outputs = StackOutputs & { backup: LocalBackup };

export interface DrillOptions {
  to: DrillTarget;
  /** Number of the repository to restore from; the first that will do unless given. */
  repository?: number;
  /** Damages what is drilled with, on a copy of the repository; such a drill is not recorded. */
  sabotage?: Sabotage;
}

/**
 * Restores a backup beside the running database, recovers it to a moment, and checks everything that can be checked: see
 * assertions.ts. The source is only read, and the copy is gone afterwards, whatever happens. Whatever stops a drill is a
 * failed assertion in its result, so that it is on record too.
 * @throws {LandfallError} busy where another drill runs
 */
export async function drill(outputs: Outputs, options: DrillOptions, reporter: Reporter): Promise<DrillResult> {
  const lock = join(makeRecords(outputs.backup.records), "drill.lock");
  if (!tryLock(lock)) throw new LandfallError("busy", "another drill runs on this stack", "wait for it to end");
  try {
    const leftovers = await discardLeftovers(outputs.backup);
    if (leftovers > 0) reporter.note(`removed ${leftovers} copies that interrupted drills had left`);
    if (options.sabotage?.elsewhere) return await drillElsewhere(outputs, options, options.sabotage, reporter);
    const result = await new Drill(outputs, options, reporter).run();
    if (!options.sabotage) await recordDrill(folderStore(outputs.backup.records), result);
    return result;
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Drills the broken clone that a sabotage sets up, instead of the stack. */
async function drillElsewhere(
  outputs: Outputs,
  options: DrillOptions,
  { elsewhere, ...sabotage }: Sabotage,
  reporter: Reporter,
): Promise<DrillResult> {
  const drillOnce = async (one: Outputs) => {
    await drill(one, { to: "latest" }, silentReporter);
  };
  const clone = await elsewhere?.(outputs, drillOnce).catch((error: unknown) => {
    const message = `the sabotage ${sabotage.name} could not be made: ${messageOf(error)}`;
    throw new LandfallError("drill", message, "npm run drill has to pass first", { cause: error });
  });
  try {
    return await drill(clone?.outputs ?? outputs, { ...options, sabotage }, reporter);
  } finally {
    await clone?.undo();
  }
}

/** What one drill goes by. */
interface Setting {
  source: SourceState;
  goal: Goal;
  candidate: Candidate;
  applied: Applied;
}

/** One drill, from its aim to its result. */
class Drill {
  readonly #outputs: Outputs;
  readonly #options: DrillOptions;
  readonly #reporter: Reporter;
  readonly #findings = new Findings();
  readonly #startedAt = new Date();
  readonly #id = drillId(this.#startedAt);
  #backup: BackupEntry | null = null;
  #goal: Goal | null = null;
  #recoveryTimeMs: number | null = null;
  #recoveryPointMs: number | null = null;
  #copyContent: Content | null = null;

  constructor(outputs: Outputs, options: DrillOptions, reporter: Reporter) {
    this.#outputs = outputs;
    this.#options = options;
    this.#reporter = reporter;
  }

  async run(): Promise<DrillResult> {
    const findings = this.#findings;
    const sabotage = this.#options.sabotage ?? noSabotage;
    let applied: Applied | undefined;
    try {
      const [source] = await Promise.all([sourceState(this.#outputs), this.#checkRecoveryPoint()]);
      await sabotage.beforeMoment?.(this.#outputs);
      this.#reporter.step(1, 4, "Choosing the moment and reading what the source holds");
      const to = sabotage.to ?? this.#options.to;
      const { goal, candidate } = await aim(this.#outputs, to, this.#id, this.#reporter, this.#options.repository);
      this.#goal = goal;
      this.#backup = candidate.backup;
      // What is broken is a copy of the repository, which has to be whole before.
      if (this.#options.sabotage) await goal.archived;
      applied = await sabotage.apply(this.#outputs, candidate, goal);
      await this.#prove({ source, goal, candidate, applied });
    } catch (error) {
      // Before the goal is set there was nothing to aim at, or no source to ask; after it, the source has gone away.
      await findings.check(this.#goal ? "safety: source is untouched" : "source: target is within reach", () => {
        throw error;
      });
    } finally {
      await applied?.undo();
    }
    return this.#result();
  }

  async #checkRecoveryPoint(): Promise<void> {
    await this.#findings.check("objectives: recovery point", async () => {
      this.#recoveryPointMs = await recoveryPointNow(this.#outputs);
      const most = this.#outputs.drill.recoveryPointObjectiveMs;
      return within(this.#recoveryPointMs, most, "would have been lost if the source had gone when the drill began");
    });
  }

  async #prove(setting: Setting): Promise<void> {
    const { source, candidate, applied } = setting;
    const findings = this.#findings;
    const { place } = applied;
    this.#reporter.step(2, 4, `Restoring ${candidate.backup.label} beside the source, and checking it`);
    const copy = await prepareCopy(place, this.#id);
    try {
      await together([
        this.#checkSource(setting),
        checkRepository(findings, { place, backup: candidate.backup }),
        this.#restore(copy, setting).then((restored) => (restored ? this.#examine(copy, setting) : undefined)),
      ]);
    } finally {
      this.#reporter.step(4, 4, "Removing the copy");
      await this.#tearDown(copy);
    }
    await findings.check("safety: source is untouched", async () => {
      const after = await sourceState(this.#outputs);
      const changed = (["systemIdentifier", "timeline", "startedAt"] as const).filter(
        (key) => after[key] !== source[key],
      );
      if (changed.length > 0) throw new Error(`the source's ${changed.join(", ")} changed during the drill`);
      return `cluster ${after.systemIdentifier}, timeline ${after.timeline}, running since ${after.startedAt}`;
    });
  }

  async #checkSource({ source, goal, candidate, applied }: Setting): Promise<void> {
    const { backup } = candidate;
    await this.#findings.check("source: target is within reach", async () => {
      await goal.archived;
      return `${backup.label} reaches ${describeGoal(goal)}`;
    });
    await checkSource(this.#findings, {
      place: applied.place,
      backup,
      systemIdentifier: source.systemIdentifier,
      lastSegment: goal.moment?.segment ?? null,
      ageObjectiveMs: this.#outputs.drill.backupAgeObjectiveMs,
      now: applied.now ?? this.#startedAt,
    });
  }

  async #restore(copy: Copy, { candidate, goal, applied }: Setting): Promise<boolean> {
    const findings = this.#findings;
    const started = Date.now();
    const restored = await findings.check("recovery: restored", async () => {
      await restoreFiles(applied.place, copy, recoveryOptions(candidate, goal.target), applied.restore ?? pgbackrest);
      return `${candidate.backup.label} in ${duration(Date.now() - started)}`;
    });
    if (!restored) return false;
    const recovered = await findings.check("recovery: recovered", async () => {
      await goal.archived;
      await recover(copy);
      this.#recoveryTimeMs = Date.now() - started;
      return `open after ${duration(this.#recoveryTimeMs)}`;
    });
    if (this.#recoveryTimeMs === null) return recovered;
    const time = this.#recoveryTimeMs;
    await findings.check("objectives: recovery time", () =>
      within(
        time,
        this.#outputs.drill.recoveryTimeObjectiveMs,
        "from the start of the restore until the copy was open",
      ),
    );
    return recovered;
  }

  async #examine(copy: Copy, { source, goal, applied }: Setting): Promise<void> {
    const findings = this.#findings;
    const outputs = this.#outputs;
    this.#reporter.step(3, 4, "Proving that the copy is whole and is what the source was");
    // pg_checksums wants the cluster shut down.
    await stop(copy.server);
    await checkPages(findings, applied.place, copy);
    await recover(copy);
    const admin = superuserTarget(copy, outputs.database.name);
    await withConnection(admin, async (connection) => {
      await checkRecovery(findings, connection, goal, source);
      await findings.check("safety: copy does not archive", async () => {
        const { mode } = await connection.one<{ mode: string }>("SELECT current_setting('archive_mode') AS mode");
        if (mode !== "off") throw new Error(`archive_mode is ${mode} in the copy`);
        return "archive_mode is off";
      });
    });
    // pg_amcheck installs its extension, which must not be taken for one of the source's.
    const definitions = Promise.withResolvers<void>();
    await together([
      this.#compare(admin, goal, definitions.resolve).finally(definitions.resolve),
      checkUse(findings, () => startPooler(outputs, copy), outputs.drill.smokeQueries),
      definitions.promise.then(() => checkStructures(findings, applied.place, copy)),
    ]);
  }

  /** @param onDefinitions called once the copy's definitions have been read */
  async #compare(admin: Target, goal: Goal, onDefinitions: () => void): Promise<void> {
    const { backup, drill: settings } = this.#outputs;
    const earlier = await lastPassed(folderStore(backup.records));
    let loaded: LoadedTable[] = [];
    try {
      const copy = await withConnection(admin, async (connection) => {
        await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        const catalog = await readCatalog(connection);
        onDefinitions();
        const rows = await readRows(connection, "reading the copy", this.#reporter);
        loaded = await readLoaded(connection, rows.tables);
        return { rows, catalog };
      });
      this.#copyContent = copy;
      await checkContent(this.#findings, await goal.content, copy, earlier, settings.mayBeEmpty);
      await checkManifest(this.#findings, loaded, databaseTarget(this.#outputs, "migrator"), settings.mayBeEmpty);
    } catch (error) {
      await this.#findings.check("content: rows and values", () => {
        throw error;
      });
    }
  }

  async #tearDown(copy: Copy): Promise<void> {
    await this.#findings.check("safety: copy is removed", async () => {
      await discardCopy(copy);
      const left = [copy.folder, copy.socket].filter((folder) => existsSync(folder));
      if (left.length > 0) throw new Error(`${left.join(", ")} is still there`);
      if (pidOf(copy.server) !== undefined) throw new Error("the copy still runs");
      return "its folders and its processes are gone";
    });
  }

  async #result(): Promise<DrillResult> {
    // Evidence of that moment, also where nothing came to be compared with it.
    const content = (await this.#goal?.content?.catch(() => null)) ?? null;
    return {
      stack: this.#outputs.stack,
      id: this.#id,
      startedAt: this.#startedAt.toISOString(),
      backup: this.#backup?.label ?? null,
      target: this.#goal ? describeGoal(this.#goal) : null,
      recoveryTimeMs: this.#recoveryTimeMs,
      recoveryPointMs: this.#recoveryPointMs,
      ...conclude(this.#findings.all(), this.#copyContent),
      content,
      moment: this.#goal?.moment ?? null,
    };
  }
}

/** Waits for all of them, also where one fails: none may go on with what is then removed. @throws the first failure */
async function together(work: Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === "rejected") throw outcome.reason;
}

function describeGoal({ target, moment }: Goal): string {
  if (target.to === "time") return target.time.toISOString();
  return target.to === "name" ? `${target.name}${moment ? ` of ${moment.takenAt}` : ""}` : target.to;
}
