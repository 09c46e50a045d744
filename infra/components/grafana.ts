import { stringify } from "yaml";

/** What Grafana is provisioned with: Prometheus as its source, and one dashboard of what a database's owner looks at. */

export const dataSourceFile = (prometheus: string): string =>
  stringify({
    apiVersion: 1,
    datasources: [
      { name: "Prometheus", uid: "prometheus", type: "prometheus", access: "proxy", url: prometheus, isDefault: true },
    ],
  });

export const dashboardProviderFile = (): string =>
  stringify({
    apiVersion: 1,
    providers: [{ name: "landfall", type: "file", options: { path: "/var/lib/grafana/dashboards" } }],
  });

interface Panel {
  title: string;
  unit: string;
  queries: [legend: string, expression: string][];
}

const panels: Panel[] = [
  {
    title: "Connections at the server",
    unit: "none",
    queries: [
      ["{{state}}", "sum by (state) (pg_stat_activity_count)"],
      ["limit", "max(pg_settings_max_connections)"],
    ],
  },
  {
    title: "Clients at the pooler",
    unit: "none",
    queries: [
      ["active", "sum(pgbouncer_pools_client_active_connections)"],
      ["waiting", "sum(pgbouncer_pools_client_waiting_connections)"],
    ],
  },
  {
    title: "Transactions",
    unit: "ops",
    queries: [["through the pooler", "sum(rate(pgbouncer_stats_sql_transactions_pooled_total[5m]))"]],
  },
  { title: "Rows", unit: "ops", queries: [["{{datname}} fetched", "rate(pg_stat_database_tup_fetched[5m])"]] },
  { title: "Size", unit: "bytes", queries: [["{{datname}}", "pg_database_size_bytes"]] },
  { title: "Deadlocks", unit: "none", queries: [["{{datname}}", "increase(pg_stat_database_deadlocks[15m])"]] },
  {
    title: "WAL that could not be archived",
    unit: "none",
    queries: [["failures", "increase(pg_stat_archiver_failed_count[15m])"]],
  },
  {
    title: "Hours since the last good run",
    unit: "h",
    queries: [["{{job}}", "(time() - landfall_job_last_success_timestamp_seconds) / 3600"]],
  },
];

export function dashboardFile(): string {
  const dashboard = {
    uid: "landfall",
    title: "Landfall",
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    panels: panels.map(({ title, unit, queries }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      datasource: { type: "prometheus", uid: "prometheus" },
      gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: queries.map(([legendFormat, expr], i) => ({ refId: String.fromCharCode(65 + i), expr, legendFormat })),
    })),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
