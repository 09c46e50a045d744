import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { errorsOf } from "./support/project.ts";
import { Switchboard } from "./support/switchboard.ts";

const plugins = join(import.meta.dirname, "fixtures", "plugins");

/** A switchboard whose engine finds the plugin of fixtures/plugins on PATH. */
async function withPlugin(): Promise<{ project: Switchboard; calls: () => string[] }> {
  const project = await Switchboard.ready();
  project.env.PATH = [plugins, dirname(process.execPath), process.env.PATH].join(delimiter);
  project.env.FAKE_WORLD = project.path("world.json");
  project.env.FAKE_LOG = project.path("calls.log");
  const calls = () => {
    const file = project.path("calls.log");
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    rmSync(file, { force: true });
    return lines;
  };
  return { project, calls };
}

const configure = (project: Switchboard, fake: object) =>
  project.configure(`config:\n  switchboard:fake: ${JSON.stringify(fake)}\n`);

const world = (project: Switchboard) => Object.keys(JSON.parse(readFileSync(project.path("world.json"), "utf8")));

test("a plugin on PATH serves its package: preview, make, ask, change, replace, remove", async () => {
  const { project, calls } = await withPlugin();
  configure(project, { region: "here" });
  const preview = await project.operate("preview");
  assert.equal(preview.code, 0, preview.stdout);
  assert.deepEqual(preview.changes, { create: 5 });
  assert.ok(!calls().some((call) => call.startsWith("create")));
  const up = await project.operate("up");
  assert.equal(up.code, 0, up.stdout);
  assert.deepEqual(up.changes, { create: 5 });
  assert.ok(calls().includes("create thing in here"));
  const outputs = JSON.parse((await project.run(["stack", "output", "--json"])).stdout);
  assert.match(outputs.endpoint, /^thing-\d:80$/);
  assert.deepEqual(outputs.where, { region: "here", echo: { a: 1 } });
  const label = (project.resource("thing")?.inputs as { label: string }).label;
  assert.match(label, /^thing-[0-9a-f]{6}$/);

  assert.deepEqual((await project.operate("up")).changes, { same: 5 });
  assert.equal((project.resource("thing")?.inputs as { label: string }).label, label, "a generated name has changed");

  calls();
  configure(project, { region: "here", kind: "flat" });
  const replaced = await project.operate("up");
  assert.deepEqual(replaced.changes, { same: 3, replace: 1, update: 1 });
  const done = calls();
  assert.ok(done.indexOf("create thing in here") < done.indexOf("delete thing in here"), done.join("; "));

  assert.equal((await project.operate("destroy")).code, 0);
  assert.deepEqual(world(project), []);
});

test("a provider that cannot take its new settings is replaced, and with it what it serves", async () => {
  const { project, calls } = await withPlugin();
  configure(project, { region: "here" });
  assert.equal((await project.operate("up")).code, 0);
  calls();
  configure(project, { region: "there" });
  const moved = await project.operate("up");
  assert.equal(moved.code, 0, moved.stdout);
  assert.deepEqual(moved.changes, { same: 2, replace: 3 });
  const done = calls();
  for (const call of [
    "create thing in there",
    "delete thing in here",
    "create after in there",
    "delete after in here",
  ]) {
    assert.ok(done.includes(call), `${call} is not among ${done.join("; ")}`);
  }
  assert.deepEqual((await project.operate("up")).changes, { same: 5 });
});

test("settings that a provider refuses are told with the property and the reason", async () => {
  const { project } = await withPlugin();
  configure(project, { region: "nowhere" });
  const refused = await project.operate("up");
  assert.equal(refused.code, 1);
  assert.match(
    errorsOf(refused)[0] ?? "",
    /'own': property region value \{"nowhere"\} has a problem: there is no such region/,
  );
});

test("secrets of a provider's settings and of its resources are encrypted", async () => {
  const { project } = await withPlugin();
  configure(project, { region: "here" });
  const up = await project.operate("up");
  assert.equal(up.code, 0, up.stdout);
  const everything = readFileSync(project.stateFile, "utf8") + up.stdout + JSON.stringify(up.events);
  assert.ok(!/hush-(token|key)/.test(everything));
  assert.ok(
    readFileSync(project.path("world.json"), "utf8").includes("hush-key"),
    "the provider has not been given the secret",
  );
});

test("another version of a default provider takes its resources over", async () => {
  const { project } = await withPlugin();
  configure(project, { region: "here", version: "1.2.3" });
  assert.equal((await project.operate("up")).code, 0);
  assert.ok(project.resource("default_1_2_3"));
  configure(project, { region: "here", version: "1.3.0" });
  const newer = await project.operate("up");
  assert.equal(newer.code, 0, newer.stdout);
  assert.deepEqual(newer.changes, { same: 5 });
  assert.deepEqual([project.resource("default_1_2_3"), project.resource("default_1_3_0")?.custom], [undefined, true]);
  assert.match(String(project.resource("default-one")?.provider), /::default_1_3_0::/);
});
