#!/usr/bin/env zx
// Serves PgBouncer's figures to Prometheus. Started by the stack where upstream's pgbouncer_exporter is not installed.
const { main } = await import("./lib/monitoring/pooler-exporter.ts");
await main(process.argv.slice(2));
