import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEnv } from "node:util";
import pg from "pg";
import { parseIntoClientConfig } from "pg-connection-string";
import type { StackOutputs } from "../../infra/contract.ts";
import { run } from "../../machine/run.ts";
import {
  jdbcUrl,
  libpqUrl,
  loginOf,
  nodePostgresOptions,
  poolPlan,
  prismaUrl,
} from "../../scripts/lib/stack/connection-strings.ts";
import { envFileText, environmentOf, maskSections } from "../../scripts/lib/stack/env-file.ts";
import { writeEnvFile } from "../../scripts/lib/stack/write-env-file.ts";
import { outputRoles } from "../support/roles.ts";

const folder = mkdtempSync(join(tmpdir(), "lf-env-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const caFile = join(folder, "the authority's file+.crt");
const ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
writeFileSync(caFile, ca);

/** Everything that has a meaning of its own in a URL, a shell, an .env file or JSON. */
const awkward = `a b+c%2F/@:?#&='"\\$x\`é{}[]!*()`;
const tls = { mode: "verify-full" as const, caFile };

const outputs = {
  contract: 1,
  project: "landfall",
  stack: "test",
  target: "native",
  database: { host: "db.internal", port: 5432, name: "app", major: 17, tls },
  pooler: { host: "::1", port: 6432, preparedStatements: true, tls },
  roles: outputRoles((name) => `${awkward}${name}`),
  budget: { maxConnections: 100, reserved: 15, poolSize: 20, maxDbConnections: 85, maxClients: 1000 },
  monitoring: { prometheus: "http://127.0.0.1:9090", alertmanager: "http://127.0.0.1:9093", exporters: {} },
  parts: [],
} as unknown as StackOutputs;
const old = { ...outputs, pooler: { ...outputs.pooler, preparedStatements: false } };
const plain = {
  ...outputs,
  database: { ...outputs.database, tls: { mode: "disable" } },
  pooler: { ...outputs.pooler, tls: { mode: "disable" } },
} as StackOutputs;

const app = loginOf(outputs, "app");
const plan = poolPlan(outputs, "app");

test("node-postgres reads from the libpq URL what was put in, whatever the password holds", () => {
  const config = parseIntoClientConfig(libpqUrl(app, plan));
  assert.equal(config.user, "app");
  assert.equal(config.password, app.password);
  assert.equal(config.host, "::1");
  assert.equal(config.port, 6432);
  assert.equal(config.database, "app");
  assert.deepEqual({ ...(config.ssl as object) }, { ca });
  const client = new pg.Client({ connectionString: libpqUrl(loginOf(outputs, "migrator"), plan) });
  assert.equal(client.host, "db.internal");
  assert.equal(client.password, outputs.roles.migrator.password);
});

test("libpq itself reads the URL as it is meant", async (t) => {
  // psql parses the URL before it connects; to a closed port it says where it went.
  const login = { ...app, host: "127.0.0.1", port: 1, tls: { mode: "disable" as const } };
  const probe = await run("psql", ["--version"]);
  if (probe.code !== 0) return t.skip("this machine has no psql");
  const refused = await run("psql", ["-d", libpqUrl(login, plan), "-c", "SELECT 1"]);
  assert.match(refused.stderr, /127\.0\.0\.1.*port 1 failed: Connection refused/s);
  const wrong = await run("psql", ["-d", libpqUrl({ ...app, tls: { ...tls, caFile: "/nowhere+ at all" } }, plan)]);
  assert.doesNotMatch(wrong.stderr, /invalid (URI|percent)/);
});

test("Prisma is told to check the server, in its own words", () => {
  const url = new URL(prismaUrl(app, plan, "shop"));
  assert.equal(decodeURIComponent(url.password), app.password);
  assert.equal(url.hostname, "[::1]");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    schema: "shop",
    sslmode: "require",
    sslaccept: "strict",
    sslcert: caFile,
    connection_limit: "20",
    pool_timeout: "20",
    connect_timeout: "10",
  });
});

test("only a pooler that loses prepared statements turns them off, and only for those who go through it", () => {
  const through = loginOf(old, "app");
  assert.equal(new URL(prismaUrl(through, plan)).searchParams.get("pgbouncer"), "true");
  assert.match(jdbcUrl(through, plan), /[?&]prepareThreshold=0(&|$)/);
  for (const login of [app, loginOf(old, "migrator")]) {
    assert.doesNotMatch(prismaUrl(login, plan), /pgbouncer/);
    assert.doesNotMatch(jdbcUrl(login, plan), /prepareThreshold/);
  }
});

test("the JDBC URL holds login and TLS, as URL-encoded properties", () => {
  const url = jdbcUrl(app, plan, "shop front");
  assert.ok(url.startsWith("jdbc:postgresql://[::1]:6432/app?"));
  const read = new URL(url.slice("jdbc:".length)).searchParams;
  assert.deepEqual(Object.fromEntries(read), {
    user: "app",
    password: app.password,
    sslmode: "verify-full",
    sslrootcert: caFile,
    connectTimeout: "10",
    ApplicationName: "shop front",
  });
});

test("a pool of node-postgres can be made of its options as they are", async () => {
  const options = nodePostgresOptions(app, plan, ca);
  const pool = new pg.Pool(JSON.parse(JSON.stringify(options)));
  assert.equal(pool.options.max, 20);
  assert.equal(pool.options.maxUses, 7500);
  assert.equal(pool.options.idleTimeoutMillis, 30_000);
  assert.equal(pool.options.connectionTimeoutMillis, 20_000);
  assert.deepEqual(options.ssl, { rejectUnauthorized: true, ca });
  await pool.end();
});

test("without TLS every format says so, rather than leaving it to a default", () => {
  const login = loginOf(plain, "app");
  assert.equal(new URL(prismaUrl(login, plan)).searchParams.get("sslmode"), "disable");
  assert.match(jdbcUrl(login, plan), /sslmode=disable/);
  assert.equal(nodePostgresOptions(login, plan, "").ssl, false);
  assert.equal(parseIntoClientConfig(libpqUrl(login, plan)).ssl, false);
});

test("all processes of all roles together stay within what the pooler accepts", () => {
  for (const processes of [1, 7, 25, 26, 100, 500]) {
    const { limit } = poolPlan(outputs, "app", processes);
    assert.ok(limit <= outputs.budget.poolSize);
    assert.ok(limit * processes * 2 <= outputs.budget.maxClients, `${processes} processes of ${limit}`);
  }
});

test("Node and a shell read the same from the file, awkward password and all", async () => {
  const sections = environmentOf(outputs, ca);
  const text = envFileText("test", sections);
  const path = join(folder, ".env.read");
  writeFileSync(path, text);
  const expected = Object.assign({}, ...sections.map(({ variables }) => variables)) as Record<string, string>;
  assert.equal(Object.keys(expected).length, 12);
  const node = parseEnv(text);
  for (const [name, value] of Object.entries(expected)) {
    const shell = await run("sh", ["-c", `. "$0"; printf %s "$${name}"`, path]);
    assert.equal(shell.stdout, node[name], name);
    if (name.endsWith("_POOL")) assert.deepEqual(JSON.parse(node[name] ?? ""), JSON.parse(value));
    else assert.equal(node[name], value);
  }
});

test("what is shown holds no password", () => {
  const sections = environmentOf(outputs, ca);
  const text = JSON.stringify(sections);
  const masked = JSON.stringify(maskSections(sections, outputs));
  assert.match(masked, /:\[secret\]@/);
  for (const part of ["a%20b%2Bc", "a b+c%2F"]) {
    assert.ok(text.includes(part));
    assert.ok(!masked.includes(part), part);
  }
});

test("the file is its owner's only, also over one that was not, and a second write replaces it", async () => {
  const path = join(folder, ".env.test");
  writeFileSync(path, envFileText("test", []), { mode: 0o644 });
  await writeEnvFile(path, envFileText("test", environmentOf(outputs, ca)));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, "utf8"), /^DATABASE_URL='postgresql:/m);
});

test("a file that somebody wrote by hand is left as it is", async () => {
  const path = join(folder, ".env.mine");
  writeFileSync(path, "SECRET_OF_MINE=1\n");
  await assert.rejects(writeEnvFile(path, envFileText("test", [])), { code: "usage" });
  assert.equal(readFileSync(path, "utf8"), "SECRET_OF_MINE=1\n");
});

test("nothing is written where git would see it", async (t) => {
  if ((await run("git", ["init", "-q", join(folder, "repository")])).code !== 0)
    return t.skip("this machine has no git");
  const path = join(folder, "repository", ".env.test");
  await assert.rejects(writeEnvFile(path, envFileText("test", [])), /git would see/);
  writeFileSync(join(folder, "repository", ".gitignore"), ".env.*\n");
  await writeEnvFile(path, envFileText("test", []));
  await run("git", ["-C", join(folder, "repository"), "add", "--force", ".env.test"]);
  await assert.rejects(writeEnvFile(path, envFileText("test", [])), /git would see/);
});
