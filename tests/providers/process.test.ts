import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { provider } from "../../infra/providers/process.ts";
import { pidOf, revive } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { temporaryFolder } from "../support/folder.ts";
import { killHard } from "../support/kill.ts";

const folder = temporaryFolder();
const { server: port = 0 } = await choosePorts({ server: 22_000 });

// A real server that counts how often it was told to reload.
const script = join(folder, "server.mjs");
writeFileSync(
  script,
  `import { createServer } from "node:http";
let reloads = 0;
process.on("SIGHUP", () => reloads++);
createServer((_, response) => response.end(JSON.stringify({ pid: process.pid, reloads, env: process.env })))
  .listen(${port}, "127.0.0.1");`,
);

const inputs = {
  name: "server",
  program: process.execPath,
  args: [script],
  env: { GREETING: "hello" },
  account: null,
  log: join(folder, "server.log"),
  pidFile: join(folder, "server.pid"),
  ready: { how: "http" as const, url: `http://127.0.0.1:${port}/` },
  readyTimeoutMs: 10_000,
  stopSignal: "SIGTERM" as const,
  stopTimeoutMs: 5_000,
  restartKey: "1",
  reloadKey: "1",
  afterReload: null,
};
const id = inputs.pidFile;
const ask = async () =>
  (await (await fetch(inputs.ready.url)).json()) as { pid: number; reloads: number; env: Record<string, string> };

const exists = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

after(() => provider.delete(id, inputs));

test("a process is started with its own environment only, and outlives its starter", async () => {
  process.env.SECRET_OF_THE_CALLER = "x";
  await provider.create(inputs);
  const { env, pid } = await ask();
  assert.equal(env.GREETING, "hello");
  assert.equal(env.SECRET_OF_THE_CALLER, undefined);
  assert.equal(pidOf(inputs), pid);
  assert.equal((await provider.diff(id, inputs, inputs)).changes, false);
});

test("one that runs already is adopted", async () => {
  const { pid } = await ask();
  await provider.create(inputs);
  assert.equal((await ask()).pid, pid);
});

test("another reload key reloads, another restart key restarts", async () => {
  const before = await ask();
  const reloaded = { ...inputs, reloadKey: "2" };
  assert.equal((await provider.diff(id, inputs, reloaded)).changes, true);
  await provider.update(id, inputs, reloaded);
  await sleep(100);
  const after = await ask();
  assert.deepEqual([after.pid, after.reloads], [before.pid, before.reloads + 1]);
  await provider.update(id, reloaded, { ...reloaded, restartKey: "2" });
  assert.notEqual((await ask()).pid, before.pid);
});

test("one that was killed shows as a change, and comes back", async () => {
  const { pid } = await ask();
  killHard(pid);
  await sleep(100);
  assert.equal((await provider.diff(id, inputs, inputs)).changes, true);
  await provider.update(id, inputs, inputs);
  assert.notEqual((await ask()).pid, pid);
});

test("a supervisor starts it again, and leaves alone what was stopped on purpose", async () => {
  const { pid } = await ask();
  assert.deepEqual(await revive(folder), []);
  killHard(pid);
  await sleep(100);
  assert.deepEqual(await revive(folder), [{ name: "server" }]);
  assert.notEqual((await ask()).pid, pid);
  await provider.delete(id, inputs);
  assert.deepEqual(await revive(folder), []);
  assert.equal(pidOf(inputs), undefined);
  await provider.create(inputs);
});

test("somebody else's process is not taken for ours because it has the number", async () => {
  await provider.delete(id, inputs);
  writeFileSync(inputs.pidFile, String(process.pid));
  assert.equal(pidOf(inputs), undefined);
  await provider.delete(id, inputs);
  await provider.create(inputs);
});

test("one that cannot start says why, with its log's last words", async () => {
  const broken = {
    ...inputs,
    name: "broken",
    args: ["-e", "console.error('no such luck'); process.exit(3)"],
    // Nothing answers there: the other server of this file must not be taken for this one before it ends.
    ready: { how: "tcp" as const, port: 1 },
  };
  const place = { log: join(folder, "broken.log"), pidFile: join(folder, "broken.pid") };
  await assert.rejects(provider.create({ ...broken, ...place }), {
    message: /broken ended with 3: .*no such luck/,
    hint: /broken\.log/,
  });
});

test("one that never becomes ready is stopped again", async () => {
  const idle = {
    ...inputs,
    name: "idle",
    args: ["-e", "setInterval(() => {}, 1000)"],
    log: join(folder, "idle.log"),
    pidFile: join(folder, "idle.pid"),
    ready: { how: "tcp" as const, port: 1 },
    readyTimeoutMs: 300,
  };
  await assert.rejects(provider.create(idle), /idle was not ready after 0\.3 s/);
  assert.equal(pidOf(idle), undefined);
});

test("no password is written beside the pid file", async () => {
  await provider.update(id, inputs, { ...inputs, env: { PASSWORD: "hunter2" } });
  assert.doesNotMatch(readFileSync(`${inputs.pidFile}.applied`, "utf8"), /hunter2/);
});

test("deleting stops it", async () => {
  const { pid } = await ask();
  await provider.delete(id, { ...inputs, env: { PASSWORD: "hunter2" } });
  assert.equal(pidOf(inputs), undefined);
  // Its parent, this process, may still have to notice: until then a zombie has the number.
  for (let tries = 0; tries < 100 && exists(pid); tries++) await sleep(20);
  assert.equal(exists(pid), false);
});
