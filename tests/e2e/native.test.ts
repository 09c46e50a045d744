import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { parseStackOutputs, type StackOutputs } from "../../infra/contract.ts";
import { isFree } from "../../machine/ports.ts";
import { missingParts } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { Checkout, problemOf } from "../support/checkout.ts";

// A whole native stack through the Pulumi program, in a checkout of its own: real processes, real ports.
const missing = await missingParts();
const skip = missing.length > 0 ? `this machine lacks ${missing.join(", ")}` : false;
const checkout = new Checkout();
const config = checkout.path("stacks", "Pulumi.local.yaml");
const ownConfig = readFileSync(config, "utf8");

after(async () => {
  await checkout.verb("down");
  checkout.remove();
});

let outputs: StackOutputs;
let folder = "";
const home = () => folder;
const pidOf = (name: string) => Number(readFileSync(join(home(), "run", `${name}.pid`), "utf8"));

async function readOutputs(): Promise<StackOutputs> {
  const text = readFileSync(join(home(), "etc", "outputs.json"), "utf8");
  return parseStackOutputs(JSON.parse(text));
}

async function ask(role: "app" | "readonly" | "migrator", text: string): Promise<unknown[]> {
  const { host, port, tls } = role === "migrator" ? outputs.database : outputs.pooler;
  assert.equal(tls.mode, "verify-full");
  const ssl = { ca: readFileSync(tls.caFile, "utf8") };
  const { name: user, password } = outputs.roles[role];
  const client = new pg.Client({ host, port, user, password, ssl, database: outputs.database.name });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

test("up brings up every part, and each answers", { skip }, async () => {
  const up = await checkout.verb("up", "--json");
  assert.equal(up.code, 0, up.stderr);
  const result = JSON.parse(up.stdout);
  assert.ok(result.changes.create > 30, "resources were created");
  const scheduler = result.parts.find(({ name }: { name: string }) => name === "scheduler");
  folder = join(scheduler.log, "..", "..");
  outputs = await readOutputs();
  const status = await checkout.verb("status", "--json");
  assert.equal(status.code, 0, status.stderr);
  const parts = JSON.parse(status.stdout).parts as { name: string; answers: boolean }[];
  assert.deepEqual(
    parts.filter(({ answers }) => !answers),
    [],
  );
  assert.deepEqual(parts.map(({ name }) => name).sort(), [
    "alertmanager",
    "pgbouncer",
    "pgbouncer_exporter",
    "postgres",
    "postgres_exporter",
    "prometheus",
    "scheduler",
  ]);
  for (const url of Object.values(outputs.monitoring.exporters)) assert.equal((await fetch(url)).status, 200, url);
});

test("the application writes through the pooler what the migrator made", { skip }, async () => {
  await ask("migrator", "CREATE TABLE item (id int PRIMARY KEY, name text)");
  await ask("app", "INSERT INTO item VALUES (1, 'one')");
  assert.deepEqual(await ask("readonly", "SELECT name FROM item"), ["one"]);
  await assert.rejects(ask("readonly", "DELETE FROM item"), /permission denied/);
});

test("nothing but TLS is spoken, on either hop", { skip }, async () => {
  for (const { host, port } of [outputs.database, outputs.pooler]) {
    const { name: user, password } = outputs.roles.app;
    const plain = new pg.Client({ host, port, user, password, database: outputs.database.name });
    await assert.rejects(plain.connect(), /no pg_hba.conf entry|SSL required/);
  }
  const hop =
    "SELECT count(*)::int FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'app' AND NOT s.ssl";
  assert.deepEqual(await ask("app", hop), [0]);
});

test("no secret is in the state, in an argument or in a file that others can read", { skip }, async () => {
  const state = readFileSync(checkout.path(".landfall", ".pulumi", "stacks", "landfall", "local.json"), "utf8");
  const secrets = Object.values(outputs.roles).flatMap((role) => (typeof role === "string" ? [] : [role.password]));
  for (const secret of secrets) {
    assert.ok(!state.includes(secret), "the state holds a password in plain text");
    const { stdout } = await run("ps", ["-eo", "args"]);
    assert.ok(!stdout.includes(secret), "an argument holds a password");
    const { stdout: open } = await run("grep", ["-rlF", secret, home(), checkout.path(".landfall", "passphrase")]);
    for (const file of open.trim().split("\n").filter(Boolean)) {
      assert.equal(statSync(file).mode & 0o077, 0, `${file} can be read by others`);
    }
  }
});

test("a second up changes nothing and says so", { skip }, async () => {
  const again = await checkout.verb("up");
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^local: 0 changes/m);
});

test("what was killed is running again without anybody's doing", { skip }, async () => {
  const before = pidOf("postgres");
  process.kill(before, "SIGKILL");
  process.kill(pidOf("pgbouncer"), "SIGKILL");
  for (let tries = 0; tries < 100; tries++) {
    await sleep(200);
    if ((await checkout.verb("status")).code === 0 && pidOf("postgres") !== before) break;
  }
  assert.notEqual(pidOf("postgres"), before);
  assert.deepEqual(await ask("app", "SELECT name FROM item"), ["one"]);
});

test("a changed setting reaches the server by as little as will do", { skip }, async () => {
  const before = pidOf("postgres");
  writeFileSync(config, `${ownConfig}  landfall:postgresql:\n    work_mem: 9MB\n`);
  const preview = await checkout.verb("preview", "--json");
  assert.equal(preview.code, 0, preview.stderr);
  assert.deepEqual(JSON.parse(preview.stdout).changes.update, 2, "the file and the process that reads it");
  const reload = await checkout.verb("up");
  assert.equal(reload.code, 0, reload.stderr);
  assert.equal(pidOf("postgres"), before, "work_mem takes a reload only");
  assert.deepEqual(await ask("app", "SHOW work_mem"), ["9MB"]);

  writeFileSync(config, `${ownConfig}  landfall:postgresql:\n    max_connections: 77\n`);
  const restart = await checkout.verb("up");
  assert.equal(restart.code, 0, restart.stderr);
  assert.notEqual(pidOf("postgres"), before, "max_connections takes a restart");
  assert.deepEqual(await ask("app", "SHOW max_connections"), ["77"]);
  writeFileSync(config, ownConfig);
});

test("every bad setting is named at once, and nothing is changed", { skip }, async () => {
  writeFileSync(config, `${ownConfig}  landfall:postgresql:\n    work_mem: lots\n    max_conections: 5\n`);
  const refused = await checkout.verb("up");
  writeFileSync(config, ownConfig);
  assert.equal(refused.code, 2, refused.stderr);
  const { error } = problemOf(refused);
  assert.match(error, /landfall:postgresql\.work_mem: "lots" must be an amount of memory/);
  assert.match(error, /landfall:postgresql\.max_conections: 5 is not a setting/);
});

test("a backup is taken, and a drill proves it", { skip }, async () => {
  const none = await checkout.verb("restore-drill");
  assert.equal(none.code, 12);
  assert.match(problemOf(none).error, /has no backup to restore/);
  const backup = await checkout.verb("backup", "--json");
  assert.equal(backup.code, 0, backup.stderr);
  assert.equal(JSON.parse(backup.stdout).backup.type, "full");
  await ask("app", "INSERT INTO item VALUES (2, 'after the backup')");
  const drill = await checkout.verb("restore-drill", "--json");
  assert.equal(drill.code, 0, drill.stderr);
  const result = JSON.parse(drill.stdout);
  assert.equal(result.passed, true);
  assert.equal(result.rows, "2");
  assert.ok(result.recoveryTimeMs > 0);
  assert.deepEqual(await ask("app", "SELECT id FROM item ORDER BY 1"), [1, 2], "the source is untouched");
});

test("a drill finds its moment while the application writes", { skip }, async () => {
  let writing = true;
  let written = 0;
  const writer = (async () => {
    for (let id = 100; writing; id++, written++) await ask("app", `INSERT INTO item VALUES (${id}, repeat('x', 100))`);
  })();
  const drill = await checkout.verb("restore-drill", "--json");
  writing = false;
  await writer;
  assert.equal(drill.code, 0, drill.stderr);
  const { rows } = JSON.parse(drill.stdout);
  assert.ok(written > 0, "there was load");
  assert.ok(
    BigInt(rows) >= 2n && BigInt(rows) < BigInt(written + 2),
    `${rows} rows at the moment, ${written} written in all`,
  );
});

test("a stack that does not exist, a wrong passphrase, a target that is not there yet", { skip }, async () => {
  const unknown = await checkout.verb("up", "--stack", "nowhere");
  assert.equal(unknown.code, 7);
  assert.match(problemOf(unknown).hint, /docker, local, production, staging/);
  const wrong = await checkout.verbWith({ PULUMI_CONFIG_PASSPHRASE: "wrong" }, "up");
  // The real CLI writes the salt of whatever passphrase it is given into a file that has none.
  writeFileSync(config, ownConfig);
  assert.equal(wrong.code, 7, wrong.stderr);
  assert.match(problemOf(wrong).error, /passphrase/);
  const later = await checkout.verb("up", "--stack", "production");
  assert.equal(later.code, 6, later.stderr);
  assert.match(problemOf(later).error, /not there yet/);
});

test("down --keep-data keeps it, and the next up takes it over", { skip }, async () => {
  const down = await checkout.verb("down", "--keep-data");
  assert.equal(down.code, 0, down.stderr);
  assert.equal(existsSync(join(home(), "data", "postgres", "PG_VERSION")), true);
  const up = await checkout.verb("up");
  assert.equal(up.code, 0, up.stderr);
  outputs = await readOutputs();
  assert.deepEqual(await ask("readonly", "SELECT name FROM item WHERE id = 1"), ["one"]);
  const backup = await checkout.verb("backup", "--type", "diff", "--json");
  assert.equal(backup.code, 0, backup.stderr);
});

test("a port that the configuration names and somebody else has is one clear error, and up goes on once it is free", {
  skip,
}, async () => {
  await checkout.verb("down");
  const squatter = createServer().listen(0, "127.0.0.1").unref();
  await new Promise((resolve) => squatter.once("listening", resolve));
  const address = squatter.address();
  const port = typeof address === "object" && address ? address.port : 0;
  writeFileSync(config, `${ownConfig}  landfall:native:\n    ports: { database: ${port} }\n`);
  const refused = await checkout.verb("up");
  assert.equal(refused.code, 6, refused.stderr);
  assert.match(problemOf(refused).error, new RegExp(`port ${port}.*is in use`));
  assert.match(problemOf(refused).hint, /choose another port/);
  await new Promise((resolve) => squatter.close(resolve));
  const up = await checkout.verb("up");
  assert.equal(up.code, 0, up.stderr);
  writeFileSync(config, ownConfig);
});

test("down leaves no process, no port and no file", { skip }, async () => {
  outputs = await readOutputs();
  const addresses = outputs.parts.map(({ address }) => address);
  const down = await checkout.verb("down");
  assert.equal(down.code, 0, down.stderr);
  const { stdout } = await run("ps", ["-eo", "args"]);
  assert.ok(!stdout.includes(folder), "a process of the stack is left");
  for (const address of addresses) assert.equal(await isFree(Number(address.split(":")[1])), true, address);
  assert.equal(existsSync(folder), false);
});
