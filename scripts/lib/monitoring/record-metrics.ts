import { Gauge, type Registry } from "prom-client";
import type { BackupRecord } from "../backup/backup.ts";
import { readRecords } from "../backup/records.ts";
import { readDrills } from "../drill/evidence.ts";
import { statisticsOf } from "../drill/statistics.ts";

const seconds = (time: string | Date) => new Date(time).getTime() / 1000;

type Value = () => number | undefined | null;

function gaugesOf(registry: Registry) {
  return (name: string, help: string, value: Value) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = value();
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

  drillMetrics(registry, records, since);
}

/** The part of it that tells of drills. */
export function drillMetrics(registry: Registry, records: string, since: Date): void {
  const gauge = gaugesOf(registry);
  const drills = () => readDrills(records);
  const passed = () => drills().filter((drill) => drill.passed);

  gauge(
    "landfall_drill_last_success_timestamp_seconds",
    "When the last drill that passed began; before the first, when the schedule began.",
    () => seconds(passed().at(-1)?.startedAt ?? since),
  );
  gauge("landfall_drill_last_passed", "1 if the last drill passed, 0 if not.", () => {
    const last = drills().at(-1);
    return last && (last.passed ? 1 : 0);
  });
  gauge(
    "landfall_drill_recovery_time_seconds",
    "From the start of the restore until the copy was open, in the last drill that passed.",
    () => {
      const time = passed().at(-1)?.recoveryTimeMs;
      return time == null ? undefined : time / 1000;
    },
  );
  gauge(
    "landfall_drill_recovery_point_seconds",
    "What would have been lost when the last drill that passed began.",
    () => {
      const point = passed().at(-1)?.recoveryPointMs;
      return point == null ? undefined : point / 1000;
    },
  );
  gauge("landfall_drill_recovery_time_p95_seconds", "95 of 100 drills that passed recovered within this time.", () => {
    const time = statisticsOf(drills()).recoveryTime;
    return time && time.p95 / 1000;
  });
  new Gauge({
    name: "landfall_drill_assertions",
    help: "Assertions of the last drill, by how they ended.",
    labelNames: ["result"],
    registers: [registry],
    collect() {
      this.reset();
      const last = drills().at(-1)?.assertions;
      if (!last) return;
      this.set({ result: "passed" }, last.passed);
      this.set({ result: "failed" }, last.of - last.passed);
    },
  });
}
