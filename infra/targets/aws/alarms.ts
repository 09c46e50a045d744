import type { StackConfig } from "../../schema.ts";
import { parseSpan } from "../../settings.ts";
import { isBurstable } from "./instances.ts";

/** A figure of CloudWatch that an alarm or the dashboard shows. */
export interface Metric {
  namespace: string;
  name: string;
  statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  /** Which resource; its value is known once the resource exists. */
  of: "database" | "pooler" | "vault" | "deadlocks" | "schedule" | `replica-${number}`;
}

export interface Alarm {
  name: string;
  /** What is wrong, and what to do: the text that somebody reads at 3 a.m. */
  description: string;
  metric: Metric;
  /** Of the metric, called m, at each period; the metric itself unless given. Source: CloudWatch's metric math. */
  expression?: string;
  comparison: "GreaterThanThreshold" | "LessThanThreshold";
  threshold: number;
  /** Seconds. */
  period: number;
  /** How many of the last periods must be bad: [bad, of so many]. */
  periods: [number, number];
  /** What no figure means: nothing is there to be bad, or the thing that sends figures is gone. */
  missing: "notBreaching" | "breaching" | "ignore";
}

const GB = 1024 ** 3;
const MB = 1024 ** 2;

/** Everything that CloudWatch watches, from the configuration. */
export function alarmsOf({ aws, postgresql, schedule }: Pick<StackConfig, "aws" | "postgresql" | "schedule">): Alarm[] {
  const { alarms, database, pooler } = aws;
  const share = (percent: number, whole: number) => Math.round((percent / 100) * whole);
  const usual = { period: 300, periods: [3, 3] as [number, number], missing: "ignore" as const };
  const high = (
    name: string,
    metric: Metric,
    threshold: number,
    description: string,
    more: Partial<Alarm> = {},
  ): Alarm => ({
    name,
    description,
    metric,
    comparison: "GreaterThanThreshold",
    threshold,
    ...usual,
    ...more,
  });
  const low = (
    name: string,
    metric: Metric,
    threshold: number,
    description: string,
    more: Partial<Alarm> = {},
  ): Alarm => high(name, metric, threshold, description, { comparison: "LessThanThreshold", ...more });
  return [
    high(
      "cpu",
      rds("CPUUtilization"),
      alarms.cpu_percent,
      "The database's CPU is busy: look at Database Insights for the statements",
    ),
    low(
      "free-storage",
      rds("FreeStorageSpace", "Minimum"),
      share(alarms.free_storage_percent, database.storage_gb * GB),
      "Storage runs out: raise storage_gb, or find what grew (pg_database_size, slots that hold WAL)",
    ),
    low(
      "storage-slope",
      rds("FreeStorageSpace", "Minimum"),
      alarms.hours_until_full,
      `At this rate the storage is full within ${alarms.hours_until_full} hours: find what grows`,
      // RATE is in bytes a second, and negative while space is used up.
      { expression: "IF(RATE(m) < 0, m / (0 - RATE(m)) / 3600, 100000)", period: 3600 },
    ),
    low(
      "free-memory",
      rds("FreeableMemory"),
      alarms.free_memory_mb * MB,
      "Memory is short: fewer connections, a smaller work_mem, or a larger instance_class",
    ),
    high(
      "connections",
      rds("DatabaseConnections", "Maximum"),
      share(alarms.connections_percent, postgresql.max_connections),
      "Connections are nearly used up: look for clients that go past the pooler",
    ),
    high(
      "transaction-ids",
      rds("MaximumUsedTransactionIDs", "Maximum"),
      alarms.transaction_ids,
      "VACUUM does not keep up with transaction ids; at two thousand million PostgreSQL stops taking writes. Look for old transactions, slots and prepared transactions",
    ),
    high(
      "disk-queue",
      rds("DiskQueueDepth"),
      alarms.disk_queue,
      "Requests wait for the disk: look at the statements, or raise iops",
    ),
    ...["EBSByteBalance%", "EBSIOBalance%"].map((name) =>
      low(
        `burst-${name.startsWith("EBSByte") ? "bytes" : "io"}`,
        rds(name, "Minimum"),
        alarms.burst_percent,
        "The instance's burst credit for its disk is used up soon, and it becomes slow: a larger instance_class has more",
        { missing: "notBreaching" },
      ),
    ),
    ...(isBurstable(database.instance_class)
      ? [
          low(
            "cpu-credit",
            rds("CPUCreditBalance", "Minimum"),
            alarms.burst_percent,
            "CPU credits are used up soon, and the instance becomes slow or costs extra: a class that is not of the t family has none",
          ),
        ]
      : []),
    high(
      "slot-lag",
      rds("OldestReplicationSlotLag", "Maximum"),
      10 * GB,
      "A replication slot holds back WAL and fills the disk: drop the slot if nobody reads it",
      { missing: "notBreaching" },
    ),
    high(
      "deadlocks",
      { namespace: "Landfall", name: "Deadlocks", statistic: "Sum", of: "deadlocks" },
      alarms.deadlocks - 1,
      "Transactions deadlock: the database's log has the statements",
      { periods: [1, 1], missing: "notBreaching" },
    ),
    high(
      "backup-failed",
      { namespace: "AWS/Backup", name: "NumberOfBackupJobsFailed", statistic: "Sum", of: "vault" },
      0,
      "A backup of the vault failed: look at the job in AWS Backup",
      { period: 3600, periods: [1, 1], missing: "notBreaching" },
    ),
    low(
      "scheduler-silent",
      scheduler("SchedulerPulse", "Sum"),
      1,
      "Nothing runs on schedule, and no markers are written: look at the service's events in ECS, and at its task's log",
      { missing: "breaching" },
    ),
    high(
      "job-failed",
      scheduler("JobFailed", "Sum"),
      0,
      "A scheduled job failed: npm run schedule shows its error, the scheduler's log what it printed",
      { periods: [1, 1], missing: "notBreaching" },
    ),
    // A bad drill stays one until another has passed: no figure changes nothing.
    low(
      "drill-failed",
      scheduler("DrillPassed", "Minimum"),
      1,
      "The last restore drill failed: the backups may be of no use. npm run drill -- --history, then npm run drill",
      { periods: [1, 1] },
    ),
    high(
      "drill-overdue",
      scheduler("SinceDrill", "Maximum"),
      alarms.drill_days * 86_400,
      `No restore drill has passed for ${alarms.drill_days} days: npm run schedule to see whether it ran, then npm run drill`,
      { period: 3600, periods: [1, 1] },
    ),
    ...(parseSpan(schedule.marker) > 0
      ? [
          high(
            "markers-stopped",
            scheduler("SinceMarker", "Maximum"),
            300,
            "The scheduler cannot write its marker rows into the database: its task's log says why",
          ),
        ]
      : []),
    ...Array.from({ length: database.replicas }, (_, index) =>
      high(
        `replica-${index + 1}-lag`,
        { ...rds("ReplicaLag", "Maximum"), of: `replica-${index + 1}` as const },
        alarms.replica_lag_seconds,
        "The replica is behind: reads there see the past. Long queries on it, or too much written",
        { missing: "breaching" },
      ),
    ),
    ...(pooler.kind === "pgbouncer"
      ? [
          low(
            "pooler-down",
            { namespace: "AWS/NetworkELB", name: "HealthyHostCount", statistic: "Minimum", of: "pooler" },
            1,
            "No PgBouncer answers: applications cannot reach the database. Look at the service's events in ECS",
            { period: 60, periods: [2, 2], missing: "breaching" },
          ),
        ]
      : []),
  ];
}

/** What the scheduler writes into its log for CloudWatch (scripts/lib/schedule/figures.ts). */
function scheduler(name: string, statistic: Metric["statistic"]): Metric {
  return { namespace: "Landfall", name, statistic, of: "schedule" };
}

function rds(name: string, statistic: Metric["statistic"] = "Average"): Metric {
  return { namespace: "AWS/RDS", name, statistic, of: "database" };
}
