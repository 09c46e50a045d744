import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { errorsOf } from "./support/project.ts";
import { Switchboard } from "./support/switchboard.ts";

test("what cannot outlive the one that it depends on is deleted first and made again", async () => {
  const project = await Switchboard.ready();
  const entries = (path: string) => [
    { name: "base", path, deleteFirst: true },
    { name: "tied", pathFrom: "base", deleteFirst: true },
    { name: "loose", from: "base" },
  ];
  project.declare(entries("base.txt"));
  assert.equal((await project.operate("up")).code, 0);
  project.operations();
  project.declare(entries("moved.txt"));
  const result = await project.operate("up");
  assert.equal(result.code, 0, result.stdout);
  assert.deepEqual(result.changes, { same: 1, replace: 2, update: 1 });
  const done = project.operations();
  const at = (operation: string) => done.indexOf(operation);
  assert.equal(done.length, 5, done.join("; "));
  assert.deepEqual(done.slice(0, 3), ["delete base.txt.next", "delete base.txt", "create moved.txt"]);
  assert.ok(at("create moved.txt.next") > 0 && at("update loose.txt") > 0, done.join("; "));
  assert.ok(project.resources().every(({ pendingReplacement }) => pendingReplacement === undefined));
});

test("a protected resource is neither deleted nor replaced, and nothing beside it is deleted", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "kept", options: { protect: true } }, { name: "other" }]);
  assert.equal((await project.operate("up")).code, 0);
  const refused = await project.operate("destroy");
  assert.equal(refused.code, 1);
  assert.match(errorsOf(refused).join("\n"), /cannot be deleted\s+because it is protected/);
  assert.deepEqual([project.has("kept.txt"), project.has("other.txt")], [true, true]);
  project.declare([{ name: "kept", path: "elsewhere.txt", options: { protect: true } }, { name: "other" }]);
  const replacing = await project.operate("up");
  assert.equal(replacing.code, 1);
  assert.match(errorsOf(replacing).join("\n"), /cannot be replaced\s+because it is protected/);
  assert.equal(project.has("kept.txt"), true);
});

test("retainOnDelete and deletedWith leave the thing itself alone", async () => {
  const project = await Switchboard.ready();
  project.declare([
    { name: "host" },
    { name: "inside", deletedWith: "host" },
    { name: "kept", options: { retainOnDelete: true } },
  ]);
  assert.equal((await project.operate("up")).code, 0);
  project.operations();
  const result = await project.operate("destroy");
  assert.equal(result.code, 0, result.stdout);
  assert.deepEqual(project.operations(), ["delete host.txt"]);
  assert.deepEqual(project.resources(), []);
});

test("ignoreChanges and replaceOnChanges reach into nested properties", async () => {
  const project = await Switchboard.ready();
  const entry = (inner: object, options: object) => [
    { name: "n", nested: { a: [{ b: 1, c: 1 }], d: 1, ...inner }, options },
  ];
  project.declare(entry({}, {}));
  assert.equal((await project.operate("up")).code, 0);
  project.declare(entry({ a: [{ b: 2, c: 1 }] }, { ignoreChanges: ["nested.a[0].b"] }));
  assert.deepEqual((await project.operate("up")).changes, { same: 2 });
  project.declare(entry({ a: [{ b: 2, c: 2 }] }, { ignoreChanges: ["nested.a[*].b"] }));
  assert.deepEqual((await project.operate("up")).changes, { same: 1, update: 1 });
  assert.deepEqual((project.resource("n")?.inputs as { nested: object }).nested, { a: [{ b: 1, c: 2 }], d: 1 });
  project.declare(entry({ a: [{ b: 1, c: 2 }], d: 2 }, { replaceOnChanges: ["nested.d"], deleteBeforeReplace: true }));
  const result = await project.operate("up");
  assert.deepEqual(result.changes, { same: 1, replace: 1 });
});

test("one resource fails: what runs is finished and recorded, nothing is deleted, the hint is passed on", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "old" }]);
  assert.equal((await project.operate("up")).code, 0);
  project.operations();
  project.declare([
    { name: "bad", fails: "create" },
    { name: "slow", delayMs: 1500 },
    { name: "never", from: "bad" },
  ]);
  const result = await project.operate("up");
  assert.equal(result.code, 1);
  assert.deepEqual(errorsOf(result), ["cannot make bad.txt\nTry: another text", "update failed"]);
  assert.ok(!/^\s+at .*:\d+:\d+/m.test(result.stdout + result.stderr), result.stdout);
  assert.deepEqual(project.operations().toSorted(), ["create bad.txt", "create slow.txt"]);
  assert.deepEqual(project.names().toSorted(), ["old", "slow"]);
  assert.equal(project.state().checkpoint.latest.pending_operations, undefined);
});

test("a resource that was made but does not work is recorded, and tried again", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "lamp", fails: "half" }]);
  assert.equal((await project.operate("up")).code, 1);
  assert.deepEqual(project.resource("lamp")?.initErrors, ["no light"]);
  const second = await project.operate("up");
  assert.equal(second.code, 0, second.stdout);
  assert.deepEqual(second.changes, { same: 1, update: 1 });
  assert.equal(project.resource("lamp")?.initErrors, undefined);
});

test("a delete that fails keeps the resource in the state", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "stuck", fails: "delete" }, { name: "free" }]);
  assert.equal((await project.operate("up")).code, 0);
  const result = await project.operate("destroy");
  assert.equal(result.code, 1);
  assert.ok(project.names().includes("stuck"));
});

test("one operation at a time with --parallel 1", async () => {
  const project = await Switchboard.ready();
  project.declare(["a", "b", "c", "d"].map((name) => ({ name, delayMs: 50 })));
  assert.equal((await project.operate("up", ["--parallel", "1"])).code, 0);
  const lines = project.noted();
  for (let at = 0; at < lines.length; at += 2) assert.equal(lines[at + 1], lines[at]?.replace("create ", "created "));
});

test("a refresh takes in what has changed and what has gone", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "edited" }, { name: "gone" }, { name: "left", from: "gone" }]);
  assert.equal((await project.operate("up")).code, 0);
  writeFileSync(project.path("edited.txt"), "by hand");
  rmSync(project.path("gone.txt"));
  const result = await project.operate("refresh");
  assert.equal(result.code, 0, result.stdout);
  assert.deepEqual(result.changes, { update: 1, delete: 1, same: 1 });
  assert.deepEqual(project.names(), ["edited", "left"]);
  assert.deepEqual(project.resource("left")?.dependencies, undefined);
  const again = await project.operate("up");
  assert.equal(again.code, 0, again.stdout);
  assert.equal(readFileSync(project.path("edited.txt"), "utf8"), "edited");
  assert.ok(project.has("gone.txt"));
});

test("a preview changes nothing and says what an update would do", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "a" }, { name: "b", from: "a" }]);
  assert.equal((await project.operate("up")).code, 0);
  const before = readFileSync(project.stateFile, "utf8");
  project.operations();
  project.declare([
    { name: "a", text: "other" },
    { name: "c", from: "a" },
  ]);
  const preview = await project.operate("preview");
  assert.deepEqual(preview.changes, { same: 1, update: 1, create: 1, delete: 1 });
  assert.deepEqual(project.operations(), []);
  assert.equal(readFileSync(project.stateFile, "utf8"), before);
  assert.match(preview.stdout, /text: "a" => "other"/);
});

test("a package without a provider can be previewed, which is said, and not brought up", async () => {
  const project = await Switchboard.ready();
  project.configure("config:\n  switchboard:nowhere: true\n");
  const preview = await project.operate("preview");
  assert.equal(preview.code, 0, preview.stdout);
  assert.deepEqual(preview.changes, { create: 3 });
  assert.equal(preview.stdout.match(/nowhere: no provider at hand.*unchecked/g)?.length, 1);
  assert.ok(!preview.stdout.includes("hush"));
  const up = await project.operate("up");
  assert.equal(up.code, 1);
  assert.match(errorsOf(up)[0] ?? "", /no provider for the package nowhere.*\nTry: use the Pulumi CLI/);
});
