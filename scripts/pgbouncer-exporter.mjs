#!/usr/bin/env zx
// Serves PgBouncer's figures to Prometheus. Started by the stack where upstream's pgbouncer_exporter is not installed.
const { poolerMetrics } = await import("./lib/monitoring/pooler-metrics.ts");
const { serveMetrics } = await import("./lib/monitoring/metrics-server.ts");

await serveMetrics(
  poolerMetrics(process.env.PGBOUNCER_EXPORTER_CONNECTION_STRING ?? ""),
  process.argv.at(-1) ?? "127.0.0.1:9127",
);
