import { Gauge, Registry } from "prom-client";
import { askConsole, type ConsoleRow } from "../db/pooler-console.ts";

/** A metric read from one column of a SHOW command. Names and units are those of upstream's pgbouncer_exporter. */
interface Metric {
  name: string;
  column: string;
  help: string;
  /** What the column is divided by: PgBouncer counts in microseconds. */
  divisor?: number;
}

const micro = 1e6;
const metric = (name: string, column: string, help: string, divisor?: number): Metric => ({
  name,
  column,
  help,
  divisor,
});

const pools: Metric[] = [
  metric("client_active_connections", "cl_active", "Clients that are linked to a server connection or idle."),
  metric("client_waiting_connections", "cl_waiting", "Clients that wait for a server connection."),
  metric("server_active_connections", "sv_active", "Server connections that are linked to a client."),
  metric("server_idle_connections", "sv_idle", "Server connections that are ready for use."),
  metric("server_used_connections", "sv_used", "Server connections that are idle and must be checked before use."),
  metric("server_testing_connections", "sv_tested", "Server connections that are being checked or reset."),
  metric("server_login_connections", "sv_login", "Server connections that are logging in."),
  metric("client_maxwait_seconds", "maxwait", "How long the first client in the queue has waited."),
];

const databases: Metric[] = [
  metric("pool_size", "pool_size", "Server connections that one user's pool may have."),
  metric("reserve_pool", "reserve_pool", "Further server connections for clients that wait long."),
  metric("max_connections", "max_connections", "Server connections that the database may have."),
  metric("current_connections", "current_connections", "Server connections that the database has."),
  metric("paused", "paused", "1 while the database is paused."),
  metric("disabled", "disabled", "1 while the database is disabled."),
];

const stats: Metric[] = [
  metric("sql_transactions_pooled_total", "total_xact_count", "Transactions."),
  metric("queries_pooled_total", "total_query_count", "Queries."),
  metric("received_bytes_total", "total_received", "Bytes from clients."),
  metric("sent_bytes_total", "total_sent", "Bytes to clients."),
  metric("server_in_transaction_seconds_total", "total_xact_time", "Time that servers spent in transactions.", micro),
  metric("queries_duration_seconds_total", "total_query_time", "Time that servers spent in queries.", micro),
  metric("client_wait_seconds_total", "total_wait_time", "Time that clients waited for a server.", micro),
];

/** Reads the console at every scrape: nothing is kept, so a pooler that was restarted is simply read again. */
export function poolerMetrics(connectionString: string): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `pgbouncer_${name}`, help, labelNames, registers: [registry] });
  const up = gauge("up", "1 if the console answered.", []);
  const groups = [
    { show: "POOLS" as const, prefix: "pools", labels: ["database", "user"], metrics: pools },
    { show: "DATABASES" as const, prefix: "databases", labels: ["name"], metrics: databases },
    { show: "STATS" as const, prefix: "stats", labels: ["database"], metrics: stats },
  ].map((group) => ({
    ...group,
    gauges: group.metrics.map((one) => ({
      ...one,
      gauge: gauge(`${group.prefix}_${one.name}`, one.help, group.labels),
    })),
  }));
  const serve = registry.metrics.bind(registry);
  registry.metrics = async () => {
    const answers = await askConsole(connectionString, ["POOLS", "DATABASES", "STATS"]).catch(() => null);
    up.set(answers ? 1 : 0);
    for (const { show, labels, gauges } of groups) {
      for (const { gauge: target, column, divisor = 1 } of gauges) {
        target.reset();
        for (const row of answers?.[show] ?? []) setFrom(target, row, labels, column, divisor);
      }
    }
    return serve();
  };
  return registry;
}

/** A column that this PgBouncer does not have is left out, not reported as 0. */
function setFrom(gauge: Gauge, row: ConsoleRow, labels: string[], column: string, divisor: number): void {
  const value = row[column];
  if (value === undefined || value === null) return;
  gauge.set(Object.fromEntries(labels.map((label) => [label, row[label] ?? ""])), Number(value) / divisor);
}
