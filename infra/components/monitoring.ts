import { stringify } from "yaml";
import type { StackConfig } from "../schema.ts";
import { parseSpan } from "../settings.ts";

/** What Prometheus reads, by job name, as host:port. */
export type Scrapes = Record<"postgres" | "pgbouncer" | "scheduler" | "prometheus", string>;

export function prometheusConfig(scrapes: Scrapes, alertmanager: string, rulesFile: string, interval: string): string {
  return stringify({
    global: { scrape_interval: prometheusSpan(interval), evaluation_interval: prometheusSpan(interval) },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: Object.entries(scrapes).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  });
}

/** Prometheus has no "min": 5min is 5m there. */
export const prometheusSpan = (value: string): string => `${Math.max(1, Math.round(parseSpan(value) / 1000))}s`;

const seconds = (value: string) => parseSpan(value) / 1000;

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: "critical" | "warning" };
  annotations: { summary: string; action: string };
}

const rule = (
  alert: string,
  severity: Rule["labels"]["severity"],
  expr: string,
  wait: string,
  summary: string,
  action: string,
): Rule => ({ alert, expr, for: wait, labels: { severity }, annotations: { summary, action } });

/** What wakes somebody (critical) and what can wait for the morning (warning). */
export function alertRules({ pooler, drill }: Pick<StackConfig, "pooler" | "drill">): Rule[] {
  return [
    rule(
      "PostgresDown",
      "critical",
      "pg_up == 0 or absent(pg_up)",
      "1m",
      "PostgreSQL does not answer",
      "npm run status, then npm run up",
    ),
    rule(
      "PoolerDown",
      "critical",
      'up{job="pgbouncer"} == 0',
      "1m",
      "The pooler does not answer",
      "npm run status, then npm run up",
    ),
    rule(
      "SchedulerDown",
      "critical",
      'up{job="scheduler"} == 0',
      "5m",
      "Nothing runs on schedule: no backups are taken",
      "npm run up",
    ),
    rule(
      "ConnectionsNearlyUsedUp",
      "warning",
      "sum(pg_stat_activity_count) > 0.9 * max(pg_settings_max_connections)",
      "5m",
      "More than 90 % of the server's connections are taken",
      "look for clients that go past the pooler: SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1",
    ),
    rule(
      "ClientsWait",
      "warning",
      "sum(pgbouncer_pools_client_waiting_connections) > 0",
      "2m",
      `Clients wait for a connection; after ${pooler.query_wait_timeout} they get an error`,
      "look for long transactions, or raise pooler.default_pool_size",
    ),
    rule(
      "WalIsNotArchived",
      "critical",
      "increase(pg_stat_archiver_failed_count[10m]) > 0",
      "2m",
      "WAL does not reach the backup repository: what is written now could not be restored",
      "read the log of postgres for archive_command's error; free disk space if that is it",
    ),
    rule(
      "Deadlocks",
      "warning",
      "sum(increase(pg_stat_database_deadlocks[10m])) > 5",
      "1m",
      "Transactions deadlock",
      "read the log of postgres for the statements",
    ),
    rule(
      "LongTransaction",
      "warning",
      'max(pg_stat_activity_max_tx_duration{state!="idle"}) > 3600',
      "5m",
      "A transaction has been open for more than an hour: VACUUM cannot clean up behind it",
      "SELECT pid, query FROM pg_stat_activity ORDER BY xact_start LIMIT 1, and end it",
    ),
    rule(
      "LastBackupFailed",
      "critical",
      'landfall_job_last_success{job=~"backup.*"} == 0',
      "1m",
      "The last scheduled backup failed",
      "npm run backup, and read what it says",
    ),
    rule(
      "BackupTooOld",
      "critical",
      `time() - landfall_backup_last_timestamp_seconds > ${seconds(drill.backup_age_objective)}`,
      "15m",
      `The latest backup is older than ${drill.backup_age_objective}`,
      "npm run schedule to see why none was taken, then npm run backup",
    ),
    rule(
      "DrillFailed",
      "critical",
      "landfall_drill_last_passed == 0",
      "1m",
      "The last restore drill failed: the backups may be of no use",
      "npm run drill, and read which assertion fails; docs/backups.md says what each one means",
    ),
    rule(
      "NoDrillPassed",
      "critical",
      `time() - landfall_drill_last_success_timestamp_seconds > ${seconds(drill.alert_after)}`,
      "5m",
      `No restore drill has passed for ${drill.alert_after}`,
      "npm run schedule to see whether it ran, then npm run drill",
    ),
    rule(
      "JobFailed",
      "warning",
      'landfall_job_last_success{job!~"backup.*|drill"} == 0',
      "1m",
      "The last run of a scheduled job failed",
      "npm run schedule shows its error",
    ),
    rule(
      "MarkersStopped",
      "warning",
      "time() - landfall_marker_last_timestamp_seconds > 300",
      "5m",
      "The scheduler cannot write its marker rows into the database",
      "read the scheduler's log (npm run status names it)",
    ),
  ];
}

export const rulesFile = (rules: Rule[]): string => stringify({ groups: [{ name: "landfall", rules }] });

export function alertmanagerConfig(webhook: string | undefined): string {
  const receiver = webhook ? { name: "webhook", webhook_configs: [{ url: webhook }] } : { name: "nobody" };
  return stringify({
    route: { receiver: receiver.name, group_by: ["alertname"], group_wait: "10s", repeat_interval: "4h" },
    receivers: [receiver],
  });
}
