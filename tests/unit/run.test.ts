import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Run } from "../../scripts/lib/migrate/run/run.ts";
import { temporaryFolder } from "../support/folder.ts";

const root = temporaryFolder();
const open = (source: string, restart = false) => Run.open(source, "local", { root, restart });

test("a step that is done is not done again, also by another process", async () => {
  let times = 0;
  const work = async () => ({ times: ++times });
  const first = open("/data/app.sqlite");
  assert.deepEqual(await first.step("profile", work), { times: 1 });
  const { id } = first.state;
  first.close();
  const second = open("/data/app.sqlite");
  assert.equal(second.state.id, id);
  assert.deepEqual(await second.step("profile", work), { times: 1 });
  second.forget("profile");
  assert.deepEqual(await second.step("profile", work), { times: 2 });
  second.close();
});

test("a step that fails leaves nothing that looks done", async () => {
  const run = open("/data/fails.sqlite");
  await assert.rejects(
    run.step("load", () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(run.isDone("load"), false);
  assert.equal(existsSync(run.path("load.json")), false);
  run.close();
});

test("a second run of the same source is refused while the first is at it, and not after it was killed", () => {
  const run = open("/data/busy.sqlite");
  assert.throws(() => open("/data/busy.sqlite"), {
    code: "busy",
    message: /busy\.sqlite into local runs \(process \d+\)/,
  });
  open("/data/other.sqlite").close();
  run.close();
  // No process has this number: the kernel's largest is below it.
  writeFileSync(run.path("lock"), "99999999");
  open("/data/busy.sqlite").close();
});

test("a restart sets the old run aside and begins another", async () => {
  const old = open("/data/again.sqlite");
  await old.step("snapshot", async () => 1);
  old.close();
  const run = open("/data/again.sqlite", true);
  assert.notEqual(run.state.id, old.state.id);
  assert.equal(run.isDone("snapshot"), false);
  assert.equal(readdirSync(dirname(run.folder)).filter((name) => name.startsWith("again.sqlite")).length, 2);
  run.close();
});

test("what a run keeps is readable by its owner only", async () => {
  const run = open("/data/private.sqlite");
  await run.step("plan", async () => "x");
  for (const name of ["", "run.json", "plan.json"])
    assert.equal(statSync(join(run.folder, name)).mode & 0o077, 0, name);
  run.close();
});
