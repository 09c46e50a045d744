import type { StackConfig } from "../schema.ts";
import { formatMemory, parseMemory } from "../settings.ts";

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** What the database may plan with: not always the whole machine. */
export interface MachineSize {
  /** Bytes. */
  memory: number;
  cpus: number;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const wholeMB = (value: number) => formatMemory(Math.floor(value / MB) * MB);

/**
 * The server's parameters, from the configuration and, where that says nothing, from the machine's size. The rules are
 * those of the PostgreSQL documentation ("Resource Consumption") and of the tuning guides that follow it.
 * @param major of a server that is built as distributions build it; where absent, nothing is taken that not all majors have
 */
export function postgresSettings(
  config: StackConfig["postgresql"],
  machine: MachineSize,
  major = 0,
): Record<string, string> {
  const sharedBuffers = config.shared_buffers ?? wholeMB(clamp(machine.memory / 4, 128 * MB, 16 * GB));
  // A query may sort in several places at once, so a third of a connection's share.
  const workMem = (machine.memory - parseMemory(sharedBuffers)) / (config.max_connections * 3);
  return defined({
    max_connections: String(config.max_connections),
    superuser_reserved_connections: "3",
    shared_buffers: sharedBuffers,
    effective_cache_size: config.effective_cache_size ?? wholeMB((machine.memory * 3) / 4),
    work_mem: config.work_mem ?? wholeMB(clamp(workMem, 4 * MB, 64 * MB)),
    maintenance_work_mem: config.maintenance_work_mem ?? wholeMB(clamp(machine.memory / 16, 64 * MB, 2 * GB)),
    min_wal_size: config.min_wal_size,
    max_wal_size: config.max_wal_size,
    wal_buffers: config.wal_buffers,
    checkpoint_timeout: config.checkpoint_timeout,
    checkpoint_completion_target: String(config.checkpoint_completion_target),
    // "on" is pglz, with which building an index takes twice the processor's time; lz4 takes none that can be measured.
    wal_compression: major >= 15 ? "lz4" : "on",
    random_page_cost: String(config.random_page_cost),
    effective_io_concurrency: String(config.effective_io_concurrency),
    default_statistics_target: String(config.default_statistics_target),
    max_worker_processes: String(Math.max(8, machine.cpus)),
    max_parallel_workers: String(machine.cpus),
    max_parallel_workers_per_gather: String(clamp(Math.floor(machine.cpus / 2), 1, 4)),
    max_parallel_maintenance_workers: String(clamp(Math.floor(machine.cpus / 2), 1, 4)),
    statement_timeout: config.statement_timeout,
    lock_timeout: config.lock_timeout,
    idle_in_transaction_session_timeout: config.idle_in_transaction_session_timeout,
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %q%u@%d %a ",
    log_min_duration_statement: logThreshold(config.log_min_duration_statement),
    log_checkpoints: "on",
    log_lock_waits: "on",
    log_autovacuum_min_duration: "10s",
    track_io_timing: "on",
    shared_preload_libraries: config.pg_stat_statements ? "pg_stat_statements" : undefined,
    ...Object.fromEntries(Object.entries(config.additional).map(([name, value]) => [name, String(value)])),
  });
}

function defined(settings: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** Elsewhere 0 means off; here PostgreSQL takes 0 for "log everything" and -1 for off. */
const logThreshold = (value: string) => (value === "0" ? "-1" : value);

/** The parameters that make the server speak TLS; hba.conf then lets nothing else in. */
export const tlsSettings = (certificate: string, key: string): Record<string, string> => ({
  ssl: "on",
  ssl_cert_file: certificate,
  ssl_key_file: key,
  ssl_min_protocol_version: "TLSv1.2",
});

/** Parameters as lines of postgresql.conf. */
export function settingsFile(settings: Record<string, string>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return ["# Written by the Pulumi program: change the stack's configuration instead.", ...lines, ""].join("\n");
}

/** Who may log in from where: the owner of the files over the socket, everyone else over TLS with a password. */
export function hbaFile(superuser: string, backupRole: string, clients = ["127.0.0.1/32", "::1/128"]): string {
  return [
    "# Written by the Pulumi program. TYPE DATABASE USER ADDRESS METHOD",
    `local all ${superuser} peer map=landfall`,
    `local all ${backupRole} peer map=landfall`,
    ...clients.map((range) => `hostssl all all ${range} scram-sha-256`),
    "",
  ].join("\n");
}

/** Which account of the system may be which role over the socket. */
export function identFile(account: string, roles: string[]): string {
  return [
    "# Written by the Pulumi program. MAP SYSTEM-USER ROLE",
    ...roles.map((role) => `landfall ${account} ${role}`),
    "",
  ].join("\n");
}
