import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { killHard } from "../support/kill.ts";
import { Switchboard } from "./support/switchboard.ts";

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    if (stat === "" || stat.split(") ").at(-1)?.startsWith("Z")) return true;
    await sleep(20);
  }
  return false;
}

const lockFolder = (project: Switchboard) =>
  project.path("state", ".pulumi", "locks", "organization", "switchboard", "dev");

/** LANDFALL_KILL_POINTS=all tries every point; otherwise the first, one in the middle and the last. */
const all = [
  "create a.txt",
  "created a.txt",
  "create b.txt",
  "created b.txt",
  "create c.txt",
  "created c.txt",
  "update a.txt",
  "delete c.txt",
];
const points = process.env.LANDFALL_KILL_POINTS === "all" ? all : ["create a.txt", "created b.txt", "delete c.txt"];

for (const point of points) {
  test(`kill -9 at "${point}" leaves a state that is read again and gone on from`, async () => {
    const project = await Switchboard.ready();
    const first = [
      { name: "a", delayMs: 60 },
      { name: "b", from: "a", delayMs: 60 },
      { name: "c", from: "b", delayMs: 60 },
    ];
    const second = [
      { name: "a", text: "changed", delayMs: 60 },
      { name: "b", from: "a" },
    ];
    const late = /^(update|delete)/.test(point);
    project.declare(first);
    if (late) {
      assert.equal((await project.operate("up")).code, 0);
      project.operations();
      project.declare(second);
    }
    const child = project.start("up");
    await project.noting(point);
    killHard(child.pid ?? 0);
    await ended(child);
    const plugin = Number(readFileSync(project.path("plugin.pid"), "utf8"));
    assert.ok(late || (await gone(plugin)), "the plugin has outlived the engine");
    const exported = await project.run(["stack", "export"]);
    assert.equal(exported.code, 0, exported.stderr);
    const again = await project.operate("up");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.deepEqual(project.names().toSorted(), late ? ["a", "b"] : ["a", "b", "c"]);
    assert.equal(project.state().checkpoint.latest.pending_operations, undefined);
    const third = await project.operate("up");
    assert.deepEqual(Object.keys(third.changes), ["same"]);
    assert.equal((await project.operate("destroy")).code, 0);
    assert.deepEqual([project.has("a.txt"), project.has("b.txt")], [false, false]);
  });
}

test("a create that was interrupted is told of, and resolved by the next update", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "slow", delayMs: 60_000 }]);
  const child = project.start("up");
  await project.noting("create slow.txt");
  killHard(child.pid ?? 0);
  await ended(child);
  const [pending] = project.state().checkpoint.latest.pending_operations;
  assert.equal(pending.type, "creating");
  project.declare([{ name: "slow" }]);
  const again = await project.operate("up");
  assert.equal(again.code, 0, again.stdout);
  assert.match(again.stdout, /interrupted while it made:[\s\S]*::slow/);
  assert.equal(project.state().checkpoint.latest.pending_operations, undefined);
});

test("SIGINT lets what runs finish, saves it and starts nothing new", async () => {
  const project = await Switchboard.ready();
  project.declare([
    { name: "slow", delayMs: 1500 },
    { name: "after", from: "slow" },
  ]);
  const child = project.start("up");
  await project.noting("create slow.txt");
  child.kill("SIGINT");
  assert.equal(await ended(child), 1);
  assert.deepEqual(project.noted(), ["create slow.txt", "created slow.txt"]);
  assert.deepEqual(project.names(), ["slow"]);
  assert.deepEqual(readdirSync(lockFolder(project)), []);
  const again = await project.operate("up");
  assert.deepEqual(again.changes, { same: 2, create: 1 });
});

test("a second run is refused while the first holds the lock", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "slow", delayMs: 3000 }]);
  const child = project.start("up");
  const first = ended(child);
  await project.noting("create slow.txt");
  const second = await project.operate("up");
  assert.equal(second.code, 255);
  assert.match(second.stderr, /the stack is currently locked by 1 lock/);
  assert.equal(await first, 0);
});

test("the lock of a dead process goes by itself, that of another host by cancel", async () => {
  const project = await Switchboard.ready();
  mkdirSync(lockFolder(project), { recursive: true });
  const lock = (host: string, pid: number) =>
    JSON.stringify({ pid, username: "somebody", hostname: host, timestamp: new Date().toISOString() });
  const dead = spawn(process.execPath, ["-e", ""]);
  await ended(dead);
  writeFileSync(join(lockFolder(project), "dead.json"), lock(hostname(), dead.pid ?? 0));
  assert.equal((await project.operate("up")).code, 0);
  writeFileSync(join(lockFolder(project), "other.json"), lock("another-host", dead.pid ?? 0));
  const refused = await project.operate("up");
  assert.match(refused.stderr, /somebody@another-host/);
  const canceled = await project.run(["cancel", "--yes"]);
  assert.equal(canceled.code, 0, canceled.stderr);
  assert.equal((await project.operate("up")).code, 0);
});
