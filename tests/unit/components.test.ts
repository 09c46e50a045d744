import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { pgbackrestConf } from "../../infra/components/backups.ts";
import { postgresSettings, settingsFile } from "../../infra/components/database.ts";
import { alertmanagerConfig, alertRules, prometheusSpan, rulesFile } from "../../infra/components/monitoring.ts";
import { keepsPreparedStatements, pgbouncerIni, poolBudget } from "../../infra/components/pooler.ts";
import {
  accessScripts,
  currentLogin,
  loginRoles,
  passwordGeneration,
  type Rotation,
  scramVerifier,
} from "../../infra/components/roles.ts";
import { parseConfig } from "../../infra/config.ts";
import { formatMemory, parseMemory, parseSpan } from "../../infra/settings.ts";

const config = parseConfig({ "landfall:target": "native" }, "landfall");
const GB = 1024 ** 3;

test("memory and time are read as PostgreSQL writes them", () => {
  assert.equal(parseMemory("6553kB"), 6553 * 1024);
  assert.equal(formatMemory(parseMemory("2GB")), "2GB");
  assert.equal(formatMemory(1536 * 1024), "1536kB");
  assert.equal(parseSpan("5min"), 300_000);
  assert.equal(parseSpan("0"), 0);
  assert.equal(prometheusSpan("5min"), "300s");
});

test("the server is sized to the machine, and what is configured wins", () => {
  const settings = postgresSettings(config.postgresql, { memory: 8 * GB, cpus: 4 });
  assert.equal(settings.shared_buffers, "2GB");
  assert.equal(settings.effective_cache_size, "6GB");
  assert.equal(settings.max_parallel_workers, "4");
  const workMem = parseMemory(settings.work_mem ?? "");
  assert.ok(workMem * config.postgresql.max_connections < 6 * GB, "all connections sorting at once must fit");
  const own = postgresSettings(
    { ...config.postgresql, shared_buffers: "1GB", additional: { jit: false } },
    { memory: 8 * GB, cpus: 4 },
  );
  assert.equal(own.shared_buffers, "1GB");
  assert.equal(own.jit, "false");
});

test("WAL is compressed with what the server's major has, and by the user's word with anything else", () => {
  const of = (major: number | undefined, additional = {}) =>
    postgresSettings({ ...config.postgresql, additional }, { memory: GB, cpus: 1 }, major).wal_compression;
  assert.deepEqual([of(undefined), of(14), of(15), of(15, { wal_compression: "pglz" })], ["on", "on", "lz4", "pglz"]);
});

test("a threshold of 0 means off for the slow-statement log, as it does everywhere else", () => {
  const settings = postgresSettings({ ...config.postgresql, log_min_duration_statement: "0" }, { memory: GB, cpus: 1 });
  assert.equal(settings.log_min_duration_statement, "-1");
});

test("a quote in a value cannot end it", () => {
  assert.match(settingsFile({ application_name: "o'clock" }), /application_name = 'o''clock'/);
});

test("the pools never ask for more connections than the server has to give", () => {
  for (const max of [20, 35, 100, 500]) {
    for (const reserved of [5, 10, 15]) {
      const budget = poolBudget({
        postgresql: { ...config.postgresql, max_connections: max },
        pooler: { ...config.pooler, reserved_connections: reserved },
      });
      assert.ok(budget.poolSize * 2 <= budget.maxDbConnections, `${max}/${reserved}`);
      assert.ok(budget.maxDbConnections + budget.reserved <= max, `${max}/${reserved}`);
    }
  }
});

test("only settings that PgBouncer reads at its start ask for a restart", () => {
  const args = {
    database: { name: "app", host: "127.0.0.1", port: 5432 },
    listen: { host: "127.0.0.1", port: 6432 },
    authFile: "/etc/userlist.txt",
    authRole: "pooler",
    authQuery: "SELECT 1",
    statsRole: "monitor",
    tls: { certificate: "/etc/p.crt", key: "/etc/p.key", ca: "/ca.crt" },
  };
  const before = pgbouncerIni({ ...args, config });
  const timeout = pgbouncerIni({
    ...args,
    config: { ...config, pooler: { ...config.pooler, query_wait_timeout: "5s" } },
  });
  assert.notEqual(timeout.text, before.text);
  assert.equal(timeout.startOnly, before.startOnly);
  const clients = pgbouncerIni({ ...args, config: { ...config, pooler: { ...config.pooler, max_client_conn: 50 } } });
  assert.notEqual(clients.startOnly, before.startOnly);
});

test("prepared statements survive the pooler from PgBouncer 1.21 on", () => {
  assert.deepEqual(["1.18.0", "1.20.1", "1.21.0", "1.24.1", "2.0"].map(keepsPreparedStatements), [
    false,
    false,
    true,
    true,
    true,
  ]);
});

test("a verifier is what RFC 5803 says, and no password is in the SQL", () => {
  const verifier = scramVerifier("app", "secret");
  const [, iterations, salt, stored, server] = verifier.match(/^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/) ?? [];
  const salted = pbkdf2Sync("secret", Buffer.from(salt ?? "", "base64"), Number(iterations), 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  assert.equal(stored, createHash("sha256").update(clientKey).digest("base64"));
  assert.equal(server, createHmac("sha256", salted).update("Server Key").digest("base64"));
  assert.equal(scramVerifier("app", "secret"), verifier);
  assert.notEqual(scramVerifier("app", "other"), verifier);

  const passwords = Object.fromEntries(loginRoles.map((role) => [role, `password-of-${role}`])) as never;
  const rotation = { generation: 1, rotatedAt: null, graceMs: 0 };
  const scripts = accessScripts({ database: "app", extensions: ["citext"], passwords, statStatements: true, rotation });
  assert.doesNotMatch(scripts.map(({ sql }) => sql).join("\n"), /password-of-/);
});

test("a rotation changes every password but the one that applications still use, and gives that one an end", () => {
  const first = { generation: 1, rotatedAt: null, graceMs: 3_600_000 };
  const second = { generation: 2, rotatedAt: "2026-01-01T00:00:00Z", graceMs: 3_600_000 };
  assert.deepEqual([currentLogin("app", first), currentLogin("app", second)], ["app", "app_alt"]);
  assert.deepEqual([currentLogin("migrator", first), currentLogin("migrator", second)], ["migrator", "migrator"]);
  const made = (rotation: Rotation) => loginRoles.map((login) => [login, passwordGeneration(login, rotation)]);
  const kept = made(second).filter(([login, generation]) =>
    made(first).some(([name, number]) => name === login && number === generation),
  );
  assert.deepEqual(kept, [
    ["app", 1],
    ["readonly", 1],
  ]);
  const passwords = Object.fromEntries(loginRoles.map((login) => [login, login])) as never;
  const sql = (rotation: Rotation) =>
    accessScripts({ database: "app", extensions: [], passwords, statStatements: false, rotation })[0]?.sql ?? "";
  assert.match(sql(first), /ALTER ROLE app_alt NOLOGIN/);
  assert.match(sql(first), /ALTER ROLE app LOGIN .* VALID UNTIL 'infinity'/);
  assert.match(sql(second), /ALTER ROLE app LOGIN .* VALID UNTIL '2026-01-01T01:00:00.000Z'/);
  assert.match(sql(second), /ALTER ROLE app_alt LOGIN .* VALID UNTIL 'infinity'/);
});

test("every alert says what to do, and the files are what Prometheus and Alertmanager read", () => {
  const rules = alertRules(config);
  assert.ok(rules.every(({ annotations }) => annotations.summary && annotations.action));
  assert.equal(parse(rulesFile(rules)).groups[0].rules.length, rules.length);
  assert.equal(parse(alertmanagerConfig(undefined)).receivers[0].name, "nobody");
  assert.equal(
    parse(alertmanagerConfig("http://localhost/hook")).receivers[0].webhook_configs[0].url,
    "http://localhost/hook",
  );
});

test("the archive queue has no limit, because pgBackRest drops WAL silently when it is reached", () => {
  const conf = pgbackrestConf({
    stanza: "main",
    dataDirectory: "/data",
    socket: "/run",
    port: 5432,
    role: "backup",
    repository: "/backups",
    log: "/log",
    lock: "/run",
    spool: "/run",
    processes: 2,
    backups: config.backups,
  });
  assert.doesNotMatch(conf, /archive-push-queue-max/);
  assert.match(conf, /^pg1-path=\/data$/m);
});
