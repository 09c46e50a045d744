import { Gauge, type Registry } from "prom-client";
import type { BackupRecord } from "../backup/backup.ts";
import { readRecords } from "../backup/records.ts";
import { readDrills } from "../drill/evidence.ts";
import { type DrillRecord, statisticsOf } from "../drill/statistics.ts";
import { folderStore } from "../store/folder.ts";

const seconds = (time: string | Date) => new Date(time).getTime() / 1000;

type Read = number | undefined | null;
type Value = () => Read | Promise<Read>;

function gaugesOf(registry: Registry) {
  return (name: string, help: string, value: Value) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const now = await value();
        // Without labels a reset would leave a 0, which is a value and a wrong one.
        if (now === undefined || now === null) this.remove();
        else this.set(now);
      },
    });
}

/**
 * Tells Prometheus of the last backup and the last drill, from their records, read at every scrape.
 * @param since what stands for a time of something that has not happened yet, so that a stack that never drills is noticed
 */
export function recordMetrics(registry: Registry, records: string, since: Date): void {
  const gauge = gaugesOf(registry);
  const backups = () => readRecords<BackupRecord>(records, "backups");

  gauge(
    "landfall_backup_last_timestamp_seconds",
    "When the last backup ended; before the first, when the schedule began.",
    () => seconds(backups().at(-1)?.endedAt ?? since),
  );
  gauge("landfall_backup_last_duration_seconds", "How long the last backup took.", () => {
    const last = backups().at(-1);
    return last && last.durationMs / 1000;
  });
  gauge(
    "landfall_backup_last_database_bytes",
    "Size of the database at the last backup.",
    () => backups().at(-1)?.databaseBytes,
  );
  gauge(
    "landfall_backup_last_repository_bytes",
    "Bytes that the last backup added to its repository.",
    () => backups().at(-1)?.repositoryBytes,
  );
  gauge(
    "landfall_backup_last_rate_bytes",
    "Bytes of database a second of the last backup.",
    () => backups().at(-1)?.rate,
  );

  const store = folderStore(records);
  drillMetrics(registry, () => readDrills(store), since);
}

/**
 * The part of it that tells of drills.
 * @param drills their history, oldest first; asked for several times at each scrape
 */
export function drillMetrics(registry: Registry, drills: () => Promise<DrillRecord[]>, since: Date): void {
  const gauge = gaugesOf(registry);
  const lastPassed = async () => (await drills()).findLast(({ passed }) => passed);

  gauge(
    "landfall_drill_last_success_timestamp_seconds",
    "When the last drill that passed began; before the first, when the schedule began.",
    async () => seconds((await lastPassed())?.startedAt ?? since),
  );
  gauge("landfall_drill_last_passed", "1 if the last drill passed, 0 if not.", async () => {
    const last = (await drills()).at(-1);
    return last && (last.passed ? 1 : 0);
  });
  gauge(
    "landfall_drill_recovery_time_seconds",
    "From the start of the restore until the copy was open, in the last drill that passed.",
    async () => {
      const time = (await lastPassed())?.recoveryTimeMs;
      return time == null ? undefined : time / 1000;
    },
  );
  gauge(
    "landfall_drill_recovery_point_seconds",
    "What would have been lost when the last drill that passed began.",
    async () => {
      const point = (await lastPassed())?.recoveryPointMs;
      return point == null ? undefined : point / 1000;
    },
  );
  gauge(
    "landfall_drill_recovery_time_p95_seconds",
    "95 of 100 drills that passed recovered within this time.",
    async () => {
      const time = statisticsOf(await drills()).recoveryTime;
      return time && time.p95 / 1000;
    },
  );
  new Gauge({
    name: "landfall_drill_assertions",
    help: "Assertions of the last drill, by how they ended.",
    labelNames: ["result"],
    registers: [registry],
    async collect() {
      const last = (await drills()).at(-1)?.assertions;
      this.reset();
      if (!last) return;
      this.set({ result: "passed" }, last.passed);
      this.set({ result: "failed" }, last.of - last.passed);
    },
  });
}
