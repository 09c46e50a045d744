import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Switchboard } from "./support/switchboard.ts";

const pack = ["--policy-pack", join(import.meta.dirname, "fixtures", "policies")];

test("a preview names every broken policy and fails where one is mandatory", async () => {
  const project = await Switchboard.ready();
  project.declare([
    { name: "a", text: "rude" },
    { name: "b", text: "rude" },
    { name: "c", text: "a text that is long" },
  ]);
  const preview = await project.operate("preview", pack);
  assert.equal(preview.code, 1, preview.stdout);
  assert.match(preview.stdout, /error: \[policy fixture\/no-rude-text\] a: .*"rude" is rude/s);
  assert.match(preview.stdout, /error: \[policy fixture\/no-rude-text\] b:/);
  assert.match(preview.stdout, /warning: \[policy fixture\/short-text\] c:/);
  assert.match(preview.stdout, /error: \[policy fixture\/few-files\] a: .*3 files are too many/s);
});

test("an update stops at a broken policy before the resource is made; an advisory one only warns", async () => {
  const project = await Switchboard.ready();
  project.declare([{ name: "a", text: "rude" }]);
  const refused = await project.operate("up", pack);
  assert.equal(refused.code, 1, refused.stdout);
  assert.equal(project.has("a.txt"), false);
  project.declare([{ name: "a", text: "a text that is long" }]);
  const warned = await project.operate("up", pack);
  assert.equal(warned.code, 0, warned.stdout);
  assert.match(warned.stdout, /warning: \[policy fixture\/short-text\]/);
});

test("errors that the caller reads in the event log are not shown besides; warnings are", async () => {
  const project = await Switchboard.ready();
  project.declare([
    { name: "a", text: "rude" },
    { name: "c", text: "a text that is long" },
  ]);
  const result = await project.operate("preview", pack, { LANDFALL_ERRORS: "in-log" });
  assert.equal(result.code, 1, result.stdout);
  assert.doesNotMatch(result.stdout + result.stderr, /error/i);
  assert.match(result.stdout, /warning: \[policy fixture\/short-text\] c:/);
  assert.match(JSON.stringify(result.events), /no-rude-text/);
});

test("a folder that is no policy pack is one clear error", async () => {
  const project = await Switchboard.ready();
  const result = await project.operate("up", ["--policy-pack", project.folder]);
  assert.equal(result.code, 1);
  assert.match(result.stdout, /is no policy pack: it has no PulumiPolicy\.yaml/);
});
