import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { archiveSettings, pgbackrestConf } from "../../infra/components/backups.ts";
import { accessScripts, loginRoles, scramVerifier } from "../../infra/components/roles.ts";
import { parseConfig } from "../../infra/config.ts";
import { provider as cluster } from "../../infra/providers/cluster.ts";
import { provider as sql } from "../../infra/providers/sql.ts";
import { provider as stanza } from "../../infra/providers/stanza.ts";
import { unprivilegedAccount } from "../../machine/account.ts";
import { start, stop } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { findPart, findServers } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { temporaryFolder } from "../support/folder.ts";

// A real server with real pgBackRest: what the providers say they did is looked up in it.
const account = unprivilegedAccount();
const place = { how: "local" as const, account };
const folder = temporaryFolder(account);
const [server] = await findServers();
const pgbackrest = findPart("pgbackrest");
const skip = server && pgbackrest ? false : "PostgreSQL or pgBackRest is not on this machine";
const { database: port = 0 } = await choosePorts({ database: 23_000 });
const data = join(folder, "data");
const conf = join(folder, "pgbackrest.conf");
const daemon = {
  name: "postgres",
  program: join(server?.bin ?? "", "postgres"),
  args: ["-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1"],
  env: {},
  account,
  log: join(folder, "postgres.log"),
  pidFile: join(folder, "postgres.pid"),
  locks: [join(data, "postmaster.pid"), join(folder, `.s.PGSQL.${port}.lock`)],
  ready: {
    how: "command" as const,
    program: join(server?.bin ?? "", "pg_isready"),
    args: ["-h", folder, "-p", String(port)],
  },
  readyTimeoutMs: 60_000,
  stopSignal: "SIGINT" as const,
  stopTimeoutMs: 30_000,
};
const clusterInputs = { dataDirectory: data, bin: server?.bin ?? "", major: server?.major ?? 0, account };
const psql = join(server?.bin ?? "", "psql");
const ask = async (text: string, user = "postgres", database = "postgres", env = {}) => {
  const host = user === "postgres" ? folder : "127.0.0.1";
  const args = ["-XAtq", "-h", host, "-p", String(port), "-U", user, "-d", database, "-c", text];
  return run(psql, args, { account, env: { PATH: process.env.PATH, ...env } });
};
let systemIdentifier = "";

after(() => stop(daemon));

test("initdb makes a cluster with checksums and byte order, once", { skip }, async () => {
  const { id, outputs } = await cluster.create(clusterInputs);
  systemIdentifier = outputs.systemIdentifier;
  assert.match(systemIdentifier, /^\d{15,}$/);
  assert.equal((await cluster.create(clusterInputs)).outputs.systemIdentifier, systemIdentifier);
  assert.equal((await cluster.diff(id, outputs, clusterInputs)).changes, false);
  const settings = archiveSettings(pgbackrest ?? "", conf, "main", "60s");
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  writeFileSync(join(data, "postgresql.conf"), lines.join("\n"));
  writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
  await start(daemon);
  assert.equal((await ask("SHOW data_checksums")).stdout, "on\n");
  assert.equal((await ask("SELECT datcollate FROM pg_database WHERE datname = 'template0'")).stdout, "C\n");
});

test("a server starts although the one before it was killed and still lies as a zombie", { skip }, async () => {
  await stop(daemon);
  // Whoever becomes another program asks no child of the one before how it ended; the shell itself might, so it is gone first.
  const parent = spawn("/bin/sh", ["-c", "sleep 1 & echo $!; exec sleep 60"]);
  const [text] = await once(parent.stdout, "data");
  const dead = Number(text);
  for (let tries = 0; tries < 500 && !/\) Z/.test(readFileSync(`/proc/${dead}/stat`, "utf8")); tries++) await sleep(20);
  for (const file of daemon.locks) {
    writeFileSync(file, `${dead}\n${data}\n0\n${port}\n${folder}\n\n0 0\n`);
    if (account) chownSync(file, account.uid, account.gid);
  }
  await start(daemon);
  parent.kill();
  assert.equal((await ask("SELECT 1")).stdout, "1\n");
});

test("an interrupted initdb is done again, a damaged cluster is not thrown away", { skip }, async () => {
  const half = join(folder, "half");
  mkdirSync(join(half, "base"), { recursive: true });
  writeFileSync(`${half}.initializing`, "");
  await cluster.create({ ...clusterInputs, dataDirectory: half });
  rmSync(join(half, "PG_VERSION"));
  await assert.rejects(cluster.create({ ...clusterInputs, dataDirectory: half }), /initdb could not make a cluster/);
});

test("a cluster of another major is refused", { skip }, async () => {
  await assert.rejects(cluster.create({ ...clusterInputs, major: 99 }), {
    message: /holds a PostgreSQL \d+ cluster, and the stack runs PostgreSQL 99/,
    hint: /database\.major/,
  });
});

test("roles get least privilege, whatever is run how often", { skip }, async () => {
  const passwords = Object.fromEntries(loginRoles.map((role) => [role, `${role}-password`])) as never;
  const rotation = { generation: 1, rotatedAt: null, graceMs: 0 };
  const scripts = accessScripts({
    database: "shop",
    extensions: ["citext"],
    passwords,
    statStatements: false,
    rotation,
  });
  const inputs = { psql, socket: folder, port, place, scripts, systemIdentifier };
  const { id, outputs } = await sql.create(inputs);
  await sql.create(inputs);
  assert.equal((await sql.diff(id, outputs, inputs)).changes, false);

  const as = (role: string, text: string, database = "shop") =>
    ask(text, role, database, { PGPASSWORD: `${role}-password` });
  assert.equal((await as("migrator", "CREATE TABLE item (id int PRIMARY KEY); SELECT current_user")).stdout, "owner\n");
  assert.equal((await as("app", "INSERT INTO item VALUES (1); SELECT count(*) FROM item")).stdout, "1\n");
  assert.equal((await as("readonly", "SELECT count(*) FROM item")).stdout, "1\n");
  for (const [role, text] of [
    ["app", "DROP TABLE item"],
    ["app", "CREATE TABLE mine ()"],
    ["readonly", "INSERT INTO item VALUES (2)"],
    ["monitor", "SELECT * FROM public.item"],
    ["pooler", "SELECT * FROM public.item"],
    ["app", "SELECT * FROM pooler.user_lookup('app')"],
  ] as const) {
    assert.match((await as(role, text)).stderr, /permission denied|must be owner/, `${role}: ${text}`);
  }
  assert.match((await as("app", "SELECT 1", "postgres")).stderr, /permission denied for database/);
  assert.equal((await as("monitor", "SELECT count(*) > 0 FROM pg_stat_activity")).stdout, "t\n");
  const lookup = async (role: string) =>
    (await as("pooler", `SELECT passwd FROM pooler.user_lookup('${role}')`)).stdout.trim();
  assert.equal(await lookup("app"), scramVerifier("app", "app-password"));
  assert.equal(await lookup("migrator"), "", "only the roles that come through the pooler may be looked up");
  await ask("ALTER ROLE app VALID UNTIL '2020-01-01'");
  assert.equal(await lookup("app"), "", "a password that has run out must not be handed out");
});

test("failing SQL is told without the line it failed in, which may hold a verifier", { skip }, async () => {
  const scripts = [{ database: "postgres", sql: "ALTER ROLE nobody_here PASSWORD 'hunter2';", transaction: true }];
  await assert.rejects(sql.create({ psql, socket: folder, port, place, scripts, systemIdentifier }), (error: Error) => {
    assert.match(error.message, /role "nobody_here" does not exist/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

test("a stanza is made and checked by archiving through it", { skip }, async () => {
  const { backups } = parseConfig({ "landfall:target": "native" }, "landfall");
  const repository = join(folder, "backups");
  const text = pgbackrestConf({
    stanza: "main",
    dataDirectory: data,
    socket: folder,
    port,
    role: "backup",
    repository,
    log: folder,
    lock: folder,
    spool: folder,
    processes: 1,
    backups,
  });
  writeFileSync(conf, text, { mode: 0o644 });
  const inputs = {
    pgbackrest: pgbackrest ?? "",
    config: conf,
    stanza: "main",
    repositories: [repository],
    place,
    systemIdentifier,
    configHash: "1",
  };
  const { id, outputs } = await stanza.create(inputs);
  await stanza.create(inputs);
  assert.equal((await stanza.diff(id, outputs, inputs)).changes, false);
  const backup = await run(pgbackrest ?? "", [`--config=${conf}`, "--stanza=main", "--type=full", "backup"], {
    account,
  });
  assert.equal(backup.code, 0, backup.stderr);
});

test("a repository that cannot be written to is an error that names it", {
  skip: skip || (process.platform === "darwin" && "no /proc"),
}, async () => {
  const inputs = {
    pgbackrest: pgbackrest ?? "",
    config: "/nowhere.conf",
    stanza: "main",
    repositories: [join(folder, "b2")],
    place,
    systemIdentifier,
    configHash: "1",
  };
  await assert.rejects(stanza.create(inputs), { message: /pgbackrest stanza-upgrade failed/, hint: /nowhere\.conf/ });
});
