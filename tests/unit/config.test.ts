import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../infra/config.ts";

const parse = (settings: Record<string, unknown>) =>
  parseConfig(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        `landfall:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    "landfall",
  );

const problems = (settings: Record<string, unknown>) => {
  try {
    parse(settings);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  assert.fail("the configuration was accepted");
};

test("a target alone is a whole configuration", () => {
  const config = parse({ target: "native" });
  assert.equal(config.database.name, "app");
  assert.equal(config.postgresql.max_connections, 100);
  assert.deepEqual(config.backups.retention, { full: 2, days: 14 });
});

test("the settings that the application guides name are all reachable", () => {
  const config = parse({
    target: "native",
    postgresql: {
      max_connections: 200,
      shared_buffers: "256MB",
      effective_cache_size: "1GB",
      work_mem: "6553kB",
      maintenance_work_mem: "64MB",
      wal_buffers: "16MB",
      min_wal_size: "1GB",
      max_wal_size: "4GB",
      checkpoint_completion_target: 0.9,
      default_statistics_target: 100,
      random_page_cost: 1.1,
      effective_io_concurrency: 200,
      log_min_duration_statement: "100ms",
      pg_stat_statements: true,
    },
    pooler: { max_client_conn: 1000, default_pool_size: 25, max_db_connections: 50, query_wait_timeout: "10s" },
    backups: { full: "0 2 * * *", retention: { full: 2, days: 30 } },
  });
  assert.equal(config.postgresql.work_mem, "6553kB");
  assert.equal(config.pooler.default_pool_size, 25);
  assert.equal(config.backups.retention.days, 30);
});

test("every problem is reported at once, with its key, its value and what would be right", () => {
  const found = problems({
    target: "nativ",
    postgresql: { max_connections: "many", work_mem: 9, archive_timout: "5s" },
    poolr: {},
    backups: { full: "0 2 * *" },
    schedule: { timezone: "Europe/Berlln" },
  });
  assert.deepEqual(
    found.map(({ key, value }) => [key, value]),
    [
      ["landfall:target", "nativ"],
      ["landfall:postgresql.max_connections", "many"],
      ["landfall:postgresql.work_mem", 9],
      ["landfall:postgresql.archive_timout", "5s"],
      ["landfall:backups.full", "0 2 * *"],
      ["landfall:schedule.timezone", "Europe/Berlln"],
      ["landfall:poolr", {}],
    ],
  );
  for (const { message } of found) assert.match(message, /^(must be |is not a setting)/);
});

test("values that contradict each other are refused with the bound that they break", () => {
  const [pools] = problems({ target: "native", pooler: { max_db_connections: 90 } });
  assert.equal(pools?.key, "landfall:pooler.max_db_connections");
  assert.match(pools?.message ?? "", /must be at most 85/);
  const [size] = problems({ target: "native", pooler: { max_db_connections: 50, default_pool_size: 26 } });
  assert.match(size?.message ?? "", /must be at most 25/);
  const [wal] = problems({ target: "native", postgresql: { min_wal_size: "4GB", max_wal_size: "1GB" } });
  assert.equal(wal?.key, "landfall:postgresql.min_wal_size");
});

test("a reserve that leaves nothing for the pools is refused", () => {
  const keys = problems({
    target: "native",
    postgresql: { max_connections: 20 },
    pooler: { reserved_connections: 20 },
  });
  assert.ok(keys.some(({ key }) => key === "landfall:pooler.reserved_connections"));
});

test("keys of other namespaces are not ours to judge", () => {
  assert.equal(parseConfig({ "landfall:target": "native", "aws:region": "eu-central-1" }, "landfall").target, "native");
});
