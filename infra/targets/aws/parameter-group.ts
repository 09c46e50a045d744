import { postgresSettings } from "../../components/database.ts";
import type { StackConfig } from "../../schema.ts";
import { parseMemory, parseSpan } from "../../settings.ts";
import { instanceSize } from "./instances.ts";

/** A parameter as RDS takes it. */
export interface Parameter {
  name: string;
  value: string;
  /** Static parameters take effect at the next restart, and RDS refuses them otherwise. */
  applyMethod: "immediate" | "pending-reboot";
}

/** PostgreSQL's parameters that only a start reads. Source: pg_settings, context "postmaster". */
const staticParameters = new Set([
  "max_connections",
  "shared_buffers",
  "wal_buffers",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
  "huge_pages",
  "shared_preload_libraries",
  "track_activity_query_size",
  "autovacuum_max_workers",
  "autovacuum_freeze_max_age",
  "rds.logical_replication",
  "pg_stat_statements.max",
]);

/** RDS sets these itself, or lets nobody change them. */
const notOnRds = new Set(["superuser_reserved_connections", "log_timezone", "log_line_prefix"]);

const kB = 1024;
/** RDS takes numbers only, each in the parameter's own unit (bytes here). */
const memoryUnits: Record<string, number> = {
  shared_buffers: 8 * kB,
  effective_cache_size: 8 * kB,
  wal_buffers: 8 * kB,
  work_mem: kB,
  maintenance_work_mem: kB,
  min_wal_size: kB * kB,
  max_wal_size: kB * kB,
};
/** The same for times, in milliseconds. */
const timeUnits: Record<string, number> = {
  checkpoint_timeout: 1000,
  statement_timeout: 1,
  lock_timeout: 1,
  idle_in_transaction_session_timeout: 1,
  log_min_duration_statement: 1,
  log_autovacuum_min_duration: 1,
};

/** The family follows the major version: a group of another family cannot be attached. */
export const familyOf = (major: number): string => `postgres${major}`;

/** Every parameter of the stack's group, sorted by name: another order would be a change. */
export function parametersOf({ postgresql, aws }: Pick<StackConfig, "postgresql" | "aws">): Parameter[] {
  const settings: Record<string, string> = {
    ...postgresSettings({ ...postgresql, additional: {} }, instanceSize(aws.database.instance_class)),
    "rds.force_ssl": "1",
    // More often and in smaller steps than PostgreSQL's own defaults, which wait for a fifth of a table to be dead.
    autovacuum_vacuum_scale_factor: "0.1",
    autovacuum_analyze_scale_factor: "0.05",
    autovacuum_naptime: "15",
    log_temp_files: "10240",
    ...Object.fromEntries(Object.entries(postgresql.additional).map(([name, value]) => [name, String(value)])),
  };
  return Object.entries(settings)
    .filter(([name]) => !notOnRds.has(name))
    .map(([name, value]) => ({
      name,
      value: numeric(name, value),
      applyMethod: staticParameters.has(name) ? ("pending-reboot" as const) : ("immediate" as const),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function numeric(name: string, value: string): string {
  const memory = memoryUnits[name];
  if (memory && /B$/.test(value)) return String(Math.floor(parseMemory(value) / memory));
  const time = timeUnits[name];
  if (time && /^\d+(ms|s|min|h|d)$/.test(value)) return String(Math.round(parseSpan(value) / time));
  return value === "on" ? "1" : value === "off" ? "0" : value;
}
