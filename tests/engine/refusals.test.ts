import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { RunResult } from "../../machine/run.ts";
import { errorsOf } from "./support/project.ts";
import { Switchboard } from "./support/switchboard.ts";

const noTrace = (result: RunResult) =>
  assert.ok(!/^\s+at .*:\d+:\d+\)?$/m.test(result.stdout + result.stderr), result.stdout + result.stderr);

test("what is left to the Pulumi CLI is refused by name", async () => {
  const project = await Switchboard.ready();
  const features: [string, RegExp][] = [
    ["reference", /stack references.*\nTry: use the Pulumi CLI for this/],
    ["archives", /archives .*\nTry: use the Pulumi CLI for this/],
  ];
  for (const [setting, expected] of features) {
    project.configure(`config:\n  switchboard:${setting}: true\n`);
    const result = await project.operate("up");
    assert.equal(result.code, 1, result.stdout);
    assert.match(errorsOf(result)[0] ?? "", expected);
    noTrace(result);
  }
  project.configure("config: {}\n");
  project.declare([{ name: "x", options: { import: "somewhere" } }]);
  const imported = await project.operate("up");
  assert.match(errorsOf(imported)[0] ?? "", /the resource option import: not supported by the embedded engine/);
});

test("commands and flags that are not known here are refused by name", async () => {
  const project = await Switchboard.ready();
  for (const args of [["watch"], ["stack", "graph"], ["up", "--target", "x"], ["config", "env"]]) {
    const result = await project.run(args);
    assert.equal(result.code, 255);
    assert.match(
      result.stderr,
      /^error: the (command|flag) .*: not supported by the embedded engine\nTry: use the Pulumi CLI/,
    );
  }
});

test("the program's own errors are told without places in code, its hint last", async () => {
  const project = await Switchboard.ready();
  project.configure("config:\n  switchboard:throws: true\n");
  const refused = await project.operate("up");
  assert.equal(refused.code, 1);
  assert.deepEqual(errorsOf(refused), ["the program does not want to\nTry: ask it nicely", "update failed"]);
  project.configure("config:\n  switchboard:crashes: true\n");
  const crashed = await project.operate("up");
  assert.equal(crashed.code, 1);
  assert.match(errorsOf(crashed)[0] ?? "", /Error: the program broke/);
  noTrace(crashed);
});

test("a state that is cut off, of another version, or changed by hand is not worked on", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "a" }]);
  assert.equal((await project.operate("up")).code, 0);
  const whole = JSON.stringify(project.state());
  const changed = (change: (state: ReturnType<Switchboard["state"]>) => void) => {
    const state = JSON.parse(whole);
    change(state);
    return JSON.stringify(state);
  };
  const broken: [string, RegExp][] = [
    [whole.slice(0, -20), /cannot be read/],
    [
      changed((state) => {
        state.version = 4;
      }),
      /version 4 of the state/,
    ],
    [
      changed((state) => {
        state.checkpoint.latest.manifest.magic = "0";
      }),
      /changed by hand/,
    ],
    [
      changed((state) => {
        state.checkpoint.latest.resources.splice(0, 1);
      }),
      /not whole: .* depends on/,
    ],
    [
      changed((state) => {
        state.checkpoint.latest.resources.push(state.checkpoint.latest.resources[0]);
      }),
      /in it twice/,
    ],
    [
      changed((state) => {
        state.checkpoint.latest.secrets_providers.type = "cloud";
      }),
      /the secrets provider cloud/,
    ],
  ];
  for (const [text, expected] of broken) {
    writeFileSync(project.stateFile, text);
    const result = await project.operate("destroy");
    assert.equal(result.code, 255, String(expected));
    assert.match(result.stderr, expected);
    noTrace(result);
  }
  writeFileSync(project.stateFile, whole);
  assert.equal((await project.operate("destroy")).code, 0);
});

test("a stack is made once, listed, exported, imported and removed", async () => {
  const project = await Switchboard.ready();
  assert.match((await project.run(["stack", "init"])).stderr, /error: stack 'dev' already exists/);
  project.declare([{ name: "a" }]);
  assert.equal((await project.operate("up")).code, 0);
  const [row] = JSON.parse((await project.run(["stack", "ls", "--json"])).stdout);
  assert.deepEqual([row.name, row.resourceCount, row.updateInProgress], ["dev", 3, false]);
  const exported = await project.run(["stack", "export"]);
  assert.match((await project.run(["stack", "rm", "--yes"])).stderr, /still has resources/);
  assert.equal((await project.run(["stack", "rm", "--yes", "--force"])).code, 0);
  assert.match((await project.run(["stack", "output"])).stderr, /error: no stack named 'dev' found/);
  assert.equal((await project.run(["stack", "init"])).code, 0);
  const imported = await project.run(["stack", "import"], {}, exported.stdout);
  assert.equal(imported.code, 0, imported.stderr);
  assert.deepEqual((await project.operate("up")).changes, { same: 2 });
});
