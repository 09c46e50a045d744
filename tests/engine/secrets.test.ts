import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Switchboard } from "./support/switchboard.ts";

const secret = "a-very-secret-word";

test("a secret of the configuration is in no file, log or event in plain text", async () => {
  const project = await Switchboard.ready();
  const set = await project.run(["config", "set", "password", "--secret"], {}, secret);
  assert.equal(set.code, 0, set.stderr);
  assert.equal((await project.run(["config", "get", "password"])).stdout, `${secret}\n`);
  assert.match((await project.run(["config"])).stdout, /^switchboard:password {2}\[secret\]$/m);
  project.declare([
    { name: "open", text: "before" },
    { name: "hidden", secret: true, text: secret },
  ]);
  const up = await project.operate("up");
  project.declare([
    { name: "open", text: "after" },
    { name: "hidden", secret: true, text: `${secret}-2` },
  ]);
  const again = await project.operate("up");
  assert.deepEqual(again.changes, { same: 1, update: 2 });
  assert.match(again.stdout, /text: "before" => "after"/);
  assert.match(again.stdout, /text: "\[secret\]" => "\[secret\]"/);
  for (const result of [up, again]) {
    assert.equal(result.code, 0, result.stdout);
    assert.ok(!(result.stdout + result.stderr + JSON.stringify(result.events)).includes(secret));
  }
  for (const file of readdirSync(project.path("state"), { recursive: true, encoding: "utf8" })) {
    const path = join(project.path("state"), file);
    if (statSync(path).isFile()) assert.ok(!readFileSync(path, "utf8").includes(secret), file);
  }
  assert.ok(!readFileSync(project.path("stacks", "Pulumi.dev.yaml"), "utf8").includes(secret));
});

test("outputs are masked unless they are asked for", async () => {
  const project = await Switchboard.ready();
  await project.run(["config", "set", "password", "--secret"], {}, secret);
  assert.equal((await project.operate("up")).code, 0);
  const masked = await project.run(["stack", "output", "--json"]);
  assert.deepEqual(JSON.parse(masked.stdout), { ids: [], password: "[secret]" });
  const open = await project.run(["stack", "output", "--json", "--show-secrets"]);
  assert.deepEqual(JSON.parse(open.stdout), { ids: [], password: secret });
  assert.equal((await project.run(["stack", "output", "password", "--show-secrets"])).stdout, `${secret}\n`);
});

test("additionalSecretOutputs are encrypted", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "a", text: secret, options: { additionalSecretOutputs: ["size"] } }]);
  assert.equal((await project.operate("up")).code, 0);
  const outputs = project.resource("a")?.outputs as Record<string, unknown>;
  assert.equal(typeof (outputs.size as { ciphertext?: string }).ciphertext, "string");
});

test("a wrong passphrase is one clear error, and nothing is written", async () => {
  const project = await Switchboard.ready();
  assert.equal((await project.operate("up")).code, 0);
  const before = readFileSync(project.stateFile, "utf8");
  for (const args of [
    ["stack", "output"],
    ["up", "--yes", "--skip-preview"],
    ["destroy", "--yes", "--skip-preview"],
  ]) {
    const wrong = await project.run(args, { PULUMI_CONFIG_PASSPHRASE: "wrong" });
    assert.equal(wrong.code, 255);
    assert.equal(wrong.stderr, "error: incorrect passphrase\n");
  }
  assert.equal(readFileSync(project.stateFile, "utf8"), before);
});

test("settings inside of others are read, written with their type, and taken out; comments stay", async () => {
  const project = await Switchboard.ready();
  project.configure("# why this is so\nconfig:\n  switchboard:roles:\n    grace: 1d # a day\n");
  const path = ["--path", "switchboard:roles.generation"];
  assert.equal((await project.run(["config", "get", ...path])).code, 255);
  assert.equal((await project.run(["config", "set", ...path, "2", "--plaintext"])).code, 0);
  assert.equal((await project.run(["config", "get", ...path])).stdout, "2\n");
  const text = readFileSync(project.path("stacks", "Pulumi.dev.yaml"), "utf8");
  assert.equal(text, "# why this is so\nconfig:\n  switchboard:roles:\n    grace: 1d # a day\n    generation: 2\n");
  assert.equal((await project.run(["config", "rm", ...path])).code, 0);
  const missing = await project.run(["config", "get", ...path]);
  assert.match(missing.stderr, /^error: configuration key 'switchboard:roles.generation' not found for stack 'dev'\n$/);
});
