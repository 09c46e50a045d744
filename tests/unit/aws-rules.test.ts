import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { ConfigError, parseConfig } from "../../infra/config.ts";
import { alarmsOf } from "../../infra/targets/aws/alarms.ts";
import { rdsAuthorities } from "../../infra/targets/aws/authorities.ts";
import { awsCron } from "../../infra/targets/aws/cron.ts";
import { instanceSize } from "../../infra/targets/aws/instances.ts";
import { subnetOf } from "../../infra/targets/aws/network.ts";
import { familyOf, parametersOf } from "../../infra/targets/aws/parameter-group.ts";
import { managedIni } from "../../infra/targets/aws/pooler.ts";

const config = (aws: unknown, more: Record<string, unknown> = {}) =>
  parseConfig(
    Object.fromEntries(
      Object.entries({ aws, ...more, target: "aws" }).map(([key, value]) => [
        `landfall:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    "landfall",
  );
const refusal = (aws: unknown, more?: Record<string, unknown>): string => {
  try {
    config(aws, more);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return "accepted";
};

test("cron becomes AWS's own six fields: days of the week from 1, one ? for the days", () => {
  const rows = parse(`
    "0 3 1 * *": cron(0 3 1 * ? *)
    "0 2 * * 0": cron(0 2 ? * 1 *)
    "0 2 * * 7": cron(0 2 ? * 1 *)
    "30 4 * * 1-5": cron(30 4 ? * 2-6 *)
    "*/15 * * * *": cron(*/15 * * * ? *)
    "0 0 * 1,7 MON": cron(0 0 ? 1,7 MON *)
  `) as Record<string, string>;
  for (const [cron, expected] of Object.entries(rows)) assert.equal(awsCron(cron), expected, cron);
  assert.throws(() => awsCron("0 0 1 * 1"), /only one of them/);
});

test("instance classes are sized by their names", () => {
  const GiB = 1024 ** 3;
  const rows: [string, number, number][] = [
    ["db.m7g.large", 2, 8],
    ["db.r7g.2xlarge", 8, 64],
    ["db.t4g.micro", 2, 1],
    ["db.t4g.medium", 2, 4],
    ["db.t4g.xlarge", 4, 16],
    ["db.m6i.16xlarge", 64, 256],
  ];
  for (const [name, cpus, memory] of rows) assert.deepEqual(instanceSize(name), { cpus, memory: memory * GiB }, name);
  assert.throws(() => instanceSize("db.serverless"), /not an instance class/);
});

test("parameters have RDS's own units, and those that only a restart applies say so", () => {
  const parameters = parametersOf(
    config(
      {},
      { postgresql: { work_mem: "8MB", statement_timeout: "2min", additional: { "rds.logical_replication": 1 } } },
    ),
  );
  const found = Object.fromEntries(parameters.map(({ name, value, applyMethod }) => [name, [value, applyMethod]]));
  assert.deepEqual(found.shared_buffers, ["262144", "pending-reboot"]);
  assert.deepEqual(found.work_mem, ["8192", "immediate"]);
  assert.deepEqual(found.statement_timeout, ["120000", "immediate"]);
  assert.deepEqual(found.checkpoint_timeout, ["900", "immediate"]);
  assert.deepEqual(found["rds.force_ssl"], ["1", "immediate"]);
  assert.deepEqual(found.shared_preload_libraries, ["pg_stat_statements", "pending-reboot"]);
  assert.deepEqual(found["rds.logical_replication"], ["1", "pending-reboot"]);
  assert.ok(!("log_line_prefix" in found) && !("superuser_reserved_connections" in found));
  for (const { name, value } of parameters) assert.doesNotMatch(value, /^\d+(kB|MB|GB|ms|s|min|h|d)$/, name);
});

test("the family follows the major version", () => {
  assert.deepEqual([15, 16, 17, 18].map(familyOf), ["postgres15", "postgres16", "postgres17", "postgres18"]);
});

test("AWS's limits are known before AWS is asked", () => {
  assert.match(refusal({ database: { iops: 3000 } }), /database.iops: 3000 must be left away below 400 GB/);
  assert.match(refusal({ database: { storage_gb: 400, iops: 4000 } }), /at least 12000/);
  assert.match(
    refusal({ database: { storage_gb: 1000, storage_limit_gb: 2000, iops: 12000, throughput: 4000 } }),
    /a quarter of iops/,
  );
  assert.match(refusal({ database: { storage_gb: 500 } }), /storage_limit_gb: 500 must be at least a tenth above/);
  assert.match(refusal({ database: { replicas: 1 } }), /master_password: "managed" must be generated/);
  assert.match(refusal({ database: { blue_green: true } }), /must be generated/);
  assert.match(refusal({ database: { version: "16.4" } }), /must be a version of database.major \(17\)/);
  assert.match(refusal({ network: { vpc: "vpc-1" } }), /two subnets at least/);
  assert.match(refusal({ network: { zones: ["eu-central-1a"] } }), /two zones at least/);
  assert.match(refusal({ database: { backup_window: "1:00-2:00" } }), /must be a daily window/);
  assert.match(refusal({ pooler: { tasks: 10 } }, { postgresql: { max_connections: 80 } }), /must be fewer/);
  assert.equal(
    refusal({ database: { storage_gb: 400, storage_limit_gb: 1000, iops: 16000, throughput: 1000, version: "17.6" } }),
    "accepted",
  );
});

test("what is wrong on AWS is no business of another target", () => {
  const given = { "landfall:target": "native", "landfall:aws": JSON.stringify({ database: { iops: 3000 } }) };
  assert.equal(parseConfig(given, "landfall").target, "native");
});

test("several PgBouncers together never ask for more than the budget, also while one more starts", () => {
  for (const tasks of [1, 2, 3, 5]) {
    const ini = managedIni(config({ pooler: { tasks } }), { host: "db", tasks, name: "app" });
    const value = (name: string) => Number(ini.match(new RegExp(`^${name} = (\\d+)$`, "m"))?.[1]);
    assert.ok(value("max_db_connections") * (tasks + 1) <= 85, `${tasks}`);
    assert.ok(value("default_pool_size") >= 1);
    assert.ok(value("max_client_conn") * tasks >= 1000);
    assert.doesNotMatch(ini, /^auth_query/m);
    assert.match(ini, /^server_tls_sslmode = verify-full$/m);
  }
});

test("the region's own authorities, and no others, are trusted", () => {
  const pems = rdsAuthorities("eu-central-1").match(/-----BEGIN.*?-----END CERTIFICATE-----/gs) ?? [];
  const names = pems.map((pem) => new X509Certificate(pem).subject.match(/CN=(.*)/)?.[1]).sort();
  assert.deepEqual(names, [
    "Amazon RDS eu-central-1 Root CA ECC384 G1",
    "Amazon RDS eu-central-1 Root CA RSA2048 G1",
    "Amazon RDS eu-central-1 Root CA RSA4096 G1",
  ]);
  assert.throws(() => rdsAuthorities("eu-nowhere-1"), /no authority/);
});

test("a VPC is divided into subnets that do not overlap", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => subnetOf("10.74.0.0/20", index)),
    ["10.74.0.0/22", "10.74.4.0/22", "10.74.8.0/22", "10.74.12.0/22"],
  );
  assert.throws(() => subnetOf("10.0.0.0/28", 0), /cannot be divided/);
});

test("thresholds follow the configuration", () => {
  const alarm = (aws: unknown, name: string) => alarmsOf(config(aws)).find((found) => found.name === name);
  assert.equal(alarm({}, "free-storage")?.threshold, 0.15 * 100 * 1024 ** 3);
  assert.equal(alarm({}, "connections")?.threshold, 85);
  assert.equal(alarm({}, "cpu-credit"), undefined);
  assert.equal(alarm({ database: { instance_class: "db.t4g.medium" } }, "cpu-credit")?.threshold, 20);
});
