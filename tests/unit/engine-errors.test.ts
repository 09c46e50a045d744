import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../scripts/lib/stack/pulumi.ts";

test("a base image that cannot be pulled is one cause, however many images are built on it", () => {
  const one = (image: string) =>
    `Docker refused to build the image landfall-docker-${image}:1: Step 1/6 : ARG BASE\nStep 2/6 : FROM \${BASE}\nGet "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`;
  const { message, hint } = explain(`${one("pooler")}\n${one("database")}`, "docker");
  assert.match(
    message,
    /^the images cannot be built, because their base cannot be pulled: Get "https:\S+ dial tcp.*no such host$/,
  );
  assert.match(hint, /base_image in stacks\/Pulumi\.docker\.yaml/);
  assert.match(
    explain("build: pull access denied for x", "docker").message,
    /cannot be pulled: build: pull access denied/,
  );
});

test("each hint that an engine's errors carry is told, once", () => {
  const { message, hint } = explain("policy a, db: no\nTry: set a\npolicy b, db: no\nTry: set b\nTry: set a", "s");
  assert.deepEqual([message, hint], ["policy a, db: no; policy b, db: no", "set a; set b"]);
});

test("a list after a colon reads as a sentence", () => {
  const { code, message } = explain("stacks/Pulumi.s.yaml has values that cannot be used:\nx: 1 is not a setting", "s");
  assert.deepEqual(
    [code, message],
    ["usage", "stacks/Pulumi.s.yaml has values that cannot be used: x: 1 is not a setting"],
  );
});
