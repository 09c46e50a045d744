import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { openCrypter } from "../../engine/secrets/passphrase.ts";
import {
  comparable,
  type GoldenStep,
  goldenResult,
  goldenState,
  orderOf,
  steps,
  withoutZeros,
} from "./support/golden.ts";
import { EngineProject } from "./support/project.ts";

const passphrase = "conformance";
const salt = JSON.parse(goldenState("01-fresh")).checkpoint.latest.secrets_providers.state.salt as string;
const crypter = openCrypter(passphrase, salt);

/** The settings at each step, those of the steps before it included. */
function settingsAt(index: number): { plain: Record<string, string>; password: string } {
  const plain: Record<string, string> = {};
  let password = "";
  for (const { set, password: changed } of steps.slice(0, index + 1)) {
    if (changed) password = changed;
    for (const [key, value] of Object.entries(set ?? {})) {
      if (value === undefined) delete plain[key];
      else plain[key] = value;
    }
  }
  return { plain, password };
}

function configure(project: EngineProject, index: number): void {
  const { plain, password } = settingsAt(index);
  const config = Object.fromEntries(Object.entries(plain).map(([key, value]) => [`conformance:${key}`, value]));
  const secret = { "conformance:password": { secure: crypter.encrypt(password) } };
  project.configure(stringify({ config: { ...config, ...secret }, encryptionsalt: salt }));
}

async function perform(project: EngineProject, { name, command }: GoldenStep, index: number): Promise<void> {
  configure(project, index);
  const before = readFileSync(project.stateFile, "utf8");
  const result = await project.operate(command);
  const golden = goldenResult(name);
  const output = `${result.stdout}\n${result.stderr}`;
  assert.equal(result.code, golden.exit, output);
  // What fails does so while other resources go on: how many got done before is not the same in two runs.
  if (golden.exit === 0) assert.deepEqual(withoutZeros(result.changes), golden.changes, output);
  const after = readFileSync(project.stateFile, "utf8");
  compareStates(after, goldenState(name), golden.exit === 0 || name === "07-check-failure");
  if (name === "02-no-op") assert.equal(after, before, "nothing changed, and the state was written anew");
}

/** @param whole false: some resources may be missing on either side, because a failure stopped the run */
function compareStates(after: string, golden: string, whole: boolean): void {
  const [ours, theirs] = [comparable(after, passphrase), comparable(golden, passphrase)];
  if (whole) assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [urn, resource] of ours) {
    const other = theirs.get(urn);
    if (other !== undefined) assert.deepEqual(resource, other, urn);
  }
  // Two independent resources may stand in either order, with the real CLI too; what matters is checked by verifyState.
  assert.deepEqual(orderOf(after).slice(0, 2), orderOf(golden).slice(0, 2));
  for (const urn of orderOf(golden).slice(0, 5)) if (!whole) assert.ok(ours.has(urn), `${urn} is missing`);
}

/** The files that the resources of a state stand for. */
function makeFiles(project: EngineProject): void {
  mkdirSync(project.path("infra", "out"), { recursive: true });
  for (const { id } of project.resources()) {
    if (typeof id === "string" && id.startsWith("out/")) writeFileSync(project.path("infra", id), "");
  }
}

test("fifteen steps leave the states that the real CLI left", async (t) => {
  const project = new EngineProject("conformance", passphrase);
  configure(project, 0);
  const made = await project.run(["stack", "init", "dev"]);
  assert.equal(made.code, 0, made.stderr);
  for (const [index, step] of steps.entries()) await t.test(step.name, () => perform(project, step, index));
});

test("every state of the real CLI is gone on from with the same step", async (t) => {
  const project = new EngineProject("conformance", passphrase);
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (!before) continue;
    await t.test(`${before.name}, then ${step.name}`, async () => {
      rmSync(project.path("infra", "out"), { recursive: true, force: true });
      project.putState(goldenState(before.name));
      makeFiles(project);
      await perform(project, step, index);
    });
  }
});
