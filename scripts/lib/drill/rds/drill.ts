import type { DBInstance } from "@aws-sdk/client-rds";
import type { RoleName } from "../../../../infra/contract.ts";
import { ensureControlTables } from "../../backup/control-schema.ts";
import type { RdsPlace } from "../../backup/rds/client.ts";
import {
  describeInstance,
  groupsOf,
  removeInstance,
  restoreInstance,
  untilAvailable,
} from "../../backup/rds/instances.ts";
import { readSpan } from "../../backup/rds/overview.ts";
import { mustReach } from "../../backup/rds/restore.ts";
import { listSnapshots, stamp } from "../../backup/rds/snapshots.ts";
import { type Patience, waitFor } from "../../backup/rds/wait.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { duration } from "../../cli/table.ts";
import { Connection, withConnection } from "../../db/postgres/connection.ts";
import type { Target } from "../../db/postgres/target.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { databaseTarget } from "../../stack/targets.ts";
import type { Store } from "../../store/store.ts";
import { Findings, rdsAssertions, within } from "../assertions.ts";
import { checkContent } from "../checks/content.ts";
import { checkManifest, readLoaded } from "../checks/manifest.ts";
import { stoppedAt, writable } from "../checks/recovery.ts";
import { checkUse } from "../checks/use.ts";
import { lastPassed } from "../evidence.ts";
import { markersAt, type Whereabouts } from "../goal.ts";
import { conclude, type DrillResult } from "../result.ts";
import { falsify } from "../sabotage/rds/answers.ts";
import { damageCopy } from "../sabotage/rds/copy.ts";
import type { RdsSabotage } from "../sabotage/rds/sabotage.ts";
import type { Content } from "../source.ts";
import { readContent } from "./content.ts";
import { removeLeftovers } from "./leftovers.ts";
import { markSecond } from "./moment.ts";
import { keepResult } from "./records.ts";

/** How the copy is reached as a role. A test has something else stand where the restored instance would be. */
export type Connect = (role: RoleName, instance: DBInstance) => Promise<Target> | Target;

export interface RdsDrillOptions {
  to: "latest" | "random" | Date;
  place: RdsPlace;
  patience: Patience;
  connect?: Connect;
  /** For evidence and history. */
  records?: Store;
  /** Breaks RDS's answers or the copy; such a drill is not recorded. */
  sabotage?: RdsSabotage;
}

/** What is restored, and what is known of that moment. */
interface RdsGoal {
  time: Date;
  whereabouts: Whereabouts;
  /** Null where the time lies in the past: nobody wrote down what was there. */
  content: Content | null;
}

/** The copy is the source at another address: with its roles, passwords and certificates' authority. */
const byEndpoint =
  (outputs: RdsStack): Connect =>
  (role, { Endpoint }) => ({
    ...databaseTarget(outputs, role),
    host: Endpoint?.Address ?? "",
    port: Endpoint?.Port ?? 5432,
  });

/** Restores into a temporary instance, proves it, and removes it. Leftovers of drills that were killed go first. */
export async function rdsDrill(outputs: RdsStack, options: RdsDrillOptions, reporter: Reporter): Promise<DrillResult> {
  // Removing goes on after the signal that ended the drill: it is what the signal was given time for.
  const { signal: _, ...removal } = options.patience;
  for (const name of await removeLeftovers(options.place, new Date(), removal, reporter)) {
    reporter.note(`removed ${name}, which an interrupted drill had left`);
  }
  const result = await new RdsDrill(outputs, options, removal, reporter).run();
  if (options.records !== undefined && !options.sabotage) await keepResult(options.records, result, reporter);
  return result;
}

class RdsDrill {
  readonly #outputs: RdsStack;
  readonly #options: RdsDrillOptions;
  readonly #removal: Patience;
  readonly #reporter: Reporter;
  readonly #connect: Connect;
  readonly #findings = new Findings(rdsAssertions);
  readonly #startedAt = new Date();
  readonly #name: string;
  #goal: RdsGoal | null = null;
  #backup: string | null = null;
  #recoveryTimeMs: number | null = null;
  #recoveryPointMs: number | null = null;
  #copyContent: Content | null = null;
  /** Has RDS answer as it does again. */
  #truth = () => {};

  constructor(outputs: RdsStack, options: RdsDrillOptions, removal: Patience, reporter: Reporter) {
    this.#outputs = outputs;
    this.#options = options;
    this.#removal = removal;
    this.#reporter = reporter;
    this.#connect = options.connect ?? byEndpoint(outputs);
    this.#name = `${outputs.backup.identifier}-drill-${stamp(this.#startedAt)}`;
  }

  async run(): Promise<DrillResult> {
    const { place, sabotage } = this.#options;
    if (sabotage?.answers) this.#truth = falsify(place, sabotage.answers);
    try {
      return await this.#run();
    } finally {
      this.#truth();
    }
  }

  async #run(): Promise<DrillResult> {
    const { place, sabotage } = this.#options;
    const before = await describeInstance(place, this.#outputs.backup.identifier);
    try {
      this.#reporter.step(1, 4, "Choosing the moment and reading what the source holds");
      await this.#checkSource(before);
      // What a sabotage has to show has been shown: the rest would take an instance, time and money.
      if (sabotage && this.#findings.failed(sabotage.expects.assertion)) return this.#result();
      this.#goal = await this.#aim();
      const { time } = this.#goal;
      await this.#findings.check("source: target is within reach", () => `RDS reaches ${time.toISOString()}`);
    } catch (error) {
      await this.#findings.check("source: target is within reach", () => {
        throw error;
      });
      return this.#result();
    }
    try {
      this.#reporter.step(2, 4, `Restoring ${this.#goal.time.toISOString()} as ${this.#name}`);
      const copy = await this.#restore(this.#goal.time);
      if (copy) {
        this.#reporter.step(3, 4, "Proving that the copy is what the source was");
        await this.#examine(copy, before, this.#goal);
      }
    } finally {
      this.#truth();
      this.#reporter.step(4, 4, "Removing the copy");
      await this.#findings.check("safety: copy is removed", async () => {
        await removeInstance(place, this.#name, "drill", this.#removal, this.#reporter);
        return `${this.#name} is gone, without a snapshot of it`;
      });
    }
    await this.#findings.check("safety: source is untouched", async () => {
      const after = await describeInstance(place, this.#outputs.backup.identifier);
      const changed = (Object.keys(facts(before)) as (keyof ReturnType<typeof facts>)[]).filter(
        (key) => `${facts(after)[key]}` !== `${facts(before)[key]}`,
      );
      if (changed.length > 0) throw new Error(`the source's ${changed.join(", ")} changed during the drill`);
      return `resource ${after.DbiResourceId}, ${after.DBInstanceStatus}, as it was`;
    });
    return this.#result();
  }

  async #checkSource(source: DBInstance): Promise<void> {
    const { place } = this.#options;
    const { drill: objectives } = this.#outputs;
    const now = this.#startedAt.getTime();
    await this.#findings.check("source: automated backups are on", () => {
      const days = source.BackupRetentionPeriod ?? 0;
      if (days === 0) throw new Error("the instance keeps automated backups for 0 days: they are off");
      return `kept for ${days} days`;
    });
    await this.#findings.check("source: backup is recent", async () => {
      const newest = (await listSnapshots(place)).findLast(
        ({ status, createdAt }) => status === "available" && createdAt,
      );
      if (!newest?.createdAt) throw new Error("there is no snapshot at all");
      this.#backup = newest.name;
      return within(
        now - Date.parse(newest.createdAt),
        objectives.backupAgeObjectiveMs,
        `is the age of ${newest.name}`,
      );
    });
    await this.#findings.check("objectives: recovery point", () => {
      const latest = source.LatestRestorableTime;
      if (!latest) throw new Error("RDS can restore no moment of this instance");
      this.#recoveryPointMs = Math.max(0, now - latest.getTime());
      const what = "would have been lost if the source had gone when the drill began";
      return within(this.#recoveryPointMs, objectives.recoveryPointObjectiveMs, what);
    });
  }

  async #aim(): Promise<RdsGoal> {
    const { place, patience, sabotage } = this.#options;
    const to = sabotage?.to ?? this.#options.to;
    const { identifier } = this.#outputs.backup;
    if (to === "latest") {
      const { time, markers, content } = await markSecond(this.#outputs, this.#name, this.#reporter);
      const look = async () => {
        const { LatestRestorableTime: latest } = await describeInstance(place, identifier);
        const state = `reaches ${latest?.toISOString() ?? "nothing"}, ${time.toISOString()} is wanted`;
        return latest && latest >= time ? { done: true, state } : { state };
      };
      await waitFor("RDS's log backups", look, patience, this.#reporter);
      return { time, whereabouts: { moment: { markers } }, content };
    }
    const span = await readSpan(place, await listSnapshots(place));
    const [from, until] = [span?.from.getTime() ?? 0, span?.until.getTime() ?? 0];
    const share = to === "random" ? Math.random() : 1;
    const time = mustReach(span, to instanceof Date ? to : new Date(from + share * (until - from)));
    const markers = await withConnection(databaseTarget(this.#outputs, "migrator"), async (connection) => {
      await ensureControlTables(connection);
      return markersAt(connection, time);
    });
    return { time, whereabouts: { moment: null, markers }, content: null };
  }

  async #restore(time: Date): Promise<DBInstance | null> {
    const { place, patience, sabotage } = this.#options;
    const { recoveryTimeObjectiveMs } = this.#outputs.drill;
    const started = Date.now();
    let copy: DBInstance | null = null;
    await this.#findings.check("recovery: restored", async () => {
      const expires = new Date(started + 3 * patience.timeoutMs);
      await restoreInstance(place, { name: this.#name, from: { time }, madeFor: "drill", expires });
      await sabotage?.meanwhile?.(place, this.#name, patience);
      const timeoutMs = sabotage?.questions === undefined ? patience.timeoutMs : sabotage.questions * patience.pollMs;
      copy = await untilAvailable(place, this.#name, { ...patience, timeoutMs }, this.#reporter);
      return `${this.#name} in ${duration(Date.now() - started)}`;
    });
    const restored = copy as DBInstance | null;
    if (!restored) return null;
    const recovered = await this.#findings.check("recovery: recovered", async () => {
      await (await Connection.open(await this.#connect("migrator", restored), "landfall drill")).close();
      this.#recoveryTimeMs = Date.now() - started;
      return `takes connections after ${duration(this.#recoveryTimeMs)}`;
    });
    const took = this.#recoveryTimeMs;
    if (!recovered || took === null) return null;
    const what = "from the start of the restore until the copy was open";
    await this.#findings.check("objectives: recovery time", () => within(took, recoveryTimeObjectiveMs, what));
    return restored;
  }

  async #examine(copy: DBInstance, source: DBInstance, goal: RdsGoal): Promise<void> {
    const findings = this.#findings;
    await findings.check("safety: copy stands apart", () =>
      apart(copy, source, this.#outputs.backup.drill.securityGroups),
    );
    try {
      await withConnection(await this.#connect("migrator", copy), async (connection) => {
        const earlier = this.#options.records === undefined ? null : await lastPassed(this.#options.records);
        const { sabotage } = this.#options;
        const known = { whereabouts: goal.whereabouts, earlier };
        if (sabotage) await damageCopy(this.#outputs, connection, this.#name, { sabotage, known });
        await findings.check("recovery: stopped at the target", () => stoppedAt(connection, goal.whereabouts));
        await findings.check("recovery: writable", () => writable(connection));
        const content = await readContent(connection, "reading the copy", this.#reporter);
        this.#copyContent = content;
        const { mayBeEmpty } = this.#outputs.drill;
        const loaded = await readLoaded(connection, content.rows.tables);
        await checkContent(findings, goal.content, content, earlier, mayBeEmpty);
        await checkManifest(findings, loaded, databaseTarget(this.#outputs, "migrator"), mayBeEmpty);
      });
    } catch (error) {
      await findings.check("content: rows and values", () => {
        throw error;
      });
    }
    const { smokeQueries } = this.#outputs.drill;
    await checkUse(findings, () => this.#connect("app", copy), smokeQueries, "straight to the copy");
  }

  #result(): DrillResult {
    return {
      stack: this.#outputs.stack,
      id: this.#name,
      startedAt: this.#startedAt.toISOString(),
      backup: this.#backup,
      target: this.#goal?.time.toISOString() ?? null,
      recoveryTimeMs: this.#recoveryTimeMs,
      recoveryPointMs: this.#recoveryPointMs,
      ...conclude(this.#findings.all(), this.#copyContent),
      content: this.#goal?.content ?? null,
      moment: null,
    };
  }
}

/** What a drill must leave as it was. */
const facts = (instance: DBInstance) => ({
  resource: instance.DbiResourceId,
  status: instance.DBInstanceStatus,
  endpoint: instance.Endpoint?.Address,
  "security groups": groupsOf(instance).join(),
  "deletion protection": instance.DeletionProtection,
  "backup retention": instance.BackupRetentionPeriod,
});

function apart(copy: DBInstance, source: DBInstance, wanted: string[]): string {
  const groups = groupsOf(copy);
  const shared = groups.filter((group) => groupsOf(source).includes(group));
  if (shared.length > 0) throw new Error(`the copy is in ${shared.join(", ")}, as the source is`);
  if (groups.join() !== wanted.toSorted().join()) throw new Error(`the copy is in ${groups.join(", ")}, not ${wanted}`);
  if (copy.PubliclyAccessible) throw new Error("the copy has a public address");
  if (source.StorageEncrypted && !copy.StorageEncrypted) throw new Error("the copy is not encrypted");
  return `in ${groups.join(", ")} only, with no public address`;
}
