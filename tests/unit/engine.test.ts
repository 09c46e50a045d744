import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutStack } from "../../engine/errors.ts";
import { formerUrns } from "../../engine/plan/aliases.ts";
import { compareMaps, settle } from "../../engine/plan/difference.ts";
import { defaultProviderGoal } from "../../engine/plan/planner.ts";
import { pathsMeet, resetPath, splitPath } from "../../engine/property-path.ts";
import { fromStruct, toStruct } from "../../engine/rpc/wire.ts";
import { runDeletes } from "../../engine/run/deletes.ts";
import { Limit } from "../../engine/run/limit.ts";
import { newCrypter, openCrypter } from "../../engine/secrets/passphrase.ts";
import type { Checkpoint } from "../../engine/state/checkpoint.ts";
import { decodeValue, encodeValue } from "../../engine/state/encode.ts";
import type { ResourceState } from "../../engine/state/resource.ts";
import { decodeResource } from "../../engine/state/resource-json.ts";
import { Snapshot } from "../../engine/state/snapshot.ts";
import { isDefaultProvider, makeUrn, nameOf } from "../../engine/urn.ts";
import {
  Asset,
  equal,
  ResourceReference,
  restoreSecrets,
  Secret,
  stripSecrets,
  UNKNOWN,
  type Value,
} from "../../engine/values.ts";

const stackUrn = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";

test("a URN carries the types of all ancestors but the stack", () => {
  const outer = makeUrn("dev", "p", stackUrn, "a:b:Outer", "o");
  const inner = makeUrn("dev", "p", outer, "a:b:Inner", "i");
  assert.equal(outer, "urn:pulumi:dev::p::a:b:Outer::o");
  assert.equal(makeUrn("dev", "p", inner, "x:y:Leaf", "n::m"), "urn:pulumi:dev::p::a:b:Outer$a:b:Inner$x:y:Leaf::n::m");
  assert.equal(nameOf("urn:pulumi:dev::p::x:y:Leaf::n::m"), "n::m");
});

test("default providers are named after version and address", () => {
  assert.equal(defaultProviderGoal("docker", "", "", {}).name, "default");
  assert.equal(defaultProviderGoal("docker", "5.2.0", "", {}).name, "default_5_2_0");
  assert.deepEqual(defaultProviderGoal("docker", "5.2.0", "", { host: "h" }).inputs, { host: "h", version: "5.2.0" });
  assert.equal(isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:docker::default_5_2_0"), true);
  assert.equal(isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:docker::defaults"), false);
});

test("property paths: keys, indexes, quoted keys, and what is none", () => {
  assert.deepEqual(splitPath('a.b[0]["c.d"][*]'), ["a", "b", 0, "c.d", "*"]);
  assert.throws(() => splitPath("a[b"), /not a property path/);
  assert.equal(pathsMeet("a.b", "a.b[0].c"), true);
  assert.equal(pathsMeet("a[*].c", "a[3].c"), true);
  assert.equal(pathsMeet("a.b", "a.c"), false);
});

test("what is ignored keeps its old value, also where it was not there or is secret", () => {
  assert.deepEqual(resetPath({ a: { b: 1 } }, { a: { b: 2, c: 3 } }, "a.b"), { a: { b: 1, c: 3 } });
  assert.deepEqual(resetPath({ a: {} }, { a: { b: 2 } }, "a.b"), { a: {} });
  assert.deepEqual(resetPath({ l: [{ x: 1 }, { x: 2 }] }, { l: [{ x: 5 }, { x: 6 }, { x: 7 }] }, "l[*].x"), {
    l: [{ x: 1 }, { x: 2 }, { x: 7 }],
  });
  const kept = resetPath({ s: new Secret({ x: 1 }) }, { s: new Secret({ x: 2 }) }, "s.x");
  assert.ok(equal(kept, { s: new Secret({ x: 1 }) }));
});

test("aliases: a former name, a former parent, and those that follow from the parent's", () => {
  const goal = {
    ...defaultProviderGoal("x", "", "", {}),
    type: "x:y:Z",
    name: "new-child",
    parent: "urn:pulumi:dev::p::a:b:C::new",
  };
  const spec = { name: "old-child", type: "", stack: "", project: "", parent: undefined };
  const urn = makeUrn("dev", "p", goal.parent, goal.type, goal.name);
  const place = { stack: "dev", project: "p" };
  assert.deepEqual(formerUrns({ ...goal, aliases: [spec] }, urn, [], place), [
    "urn:pulumi:dev::p::a:b:C$x:y:Z::old-child",
  ]);
  assert.deepEqual(formerUrns({ ...goal, aliases: [{ ...spec, name: "", parent: "" }] }, urn, [], place), [
    "urn:pulumi:dev::p::x:y:Z::new-child",
  ]);
  assert.deepEqual(formerUrns(goal, urn, ["urn:pulumi:dev::p::a:b:D::old"], place), [
    "urn:pulumi:dev::p::a:b:D$x:y:Z::old-child",
  ]);
});

test("a provider that says no change is believed, one that does not know is not asked twice", () => {
  const open = { changes: "unknown", replaces: [], diffs: [], deleteBeforeReplace: false, stables: [] } as const;
  const diff = { ...open, replaces: [] as string[], diffs: [], stables: [] };
  assert.equal(settle({ ...diff, changes: "none", replaces: ["a"] }, { a: 1 }, { a: 2 }, ["a"]).replaces.length, 0);
  assert.equal(settle(diff, { a: 1 }, { a: 1 }, []).changes, "none");
  assert.equal(settle(diff, { a: 1 }, { a: 2 }, []).changes, "some");
  assert.deepEqual(settle(diff, { a: { b: 1, c: 1 } }, { a: { b: 1, c: 2 } }, ["a.c"]).replaces, ["a.c"]);
});

test("a difference inside of a secret is told as one", () => {
  const found = compareMaps({ s: new Secret({ x: 1, y: 1 }) }, { s: new Secret({ x: 2, y: 1 }) });
  assert.deepEqual(Object.keys(found), ["s"]);
});

test("secrets are taken off for a provider and put back by key, whole where an array holds one", () => {
  const inputs = { a: new Secret("x"), b: { c: new Secret(1), d: 2 }, l: ["p", new Secret("q")], n: null };
  assert.deepEqual(stripSecrets(inputs), { a: "x", b: { c: 1, d: 2 }, l: ["p", "q"], n: null });
  const outputs = restoreSecrets({ a: "x2", b: { c: 3, d: 4, e: 5 }, l: ["q", "p"], f: 6 }, inputs);
  assert.ok(
    equal(outputs, { a: new Secret("x2"), b: { c: new Secret(3), d: 4, e: 5 }, l: new Secret(["q", "p"]), f: 6 }),
  );
  assert.equal(JSON.stringify({ a: new Secret("x") }), '{"a":"[secret]"}');
});

test("values survive the wire and the state; a secret is there in no plain form", () => {
  const crypter = newCrypter("word");
  const value: Value = {
    text: "ä",
    list: [1, true, null],
    secret: new Secret({ deep: ["hush"] }),
    asset: new Asset("ab", { text: "t" }),
    resource: new ResourceReference("urn:x", "id", "1.0.0"),
    component: new ResourceReference("urn:y", undefined),
  };
  const stored = encodeValue(value, crypter);
  assert.ok(!JSON.stringify(stored).includes("hush"));
  const again = decodeValue(stored, openCrypter("word", crypter.salt));
  assert.ok(equal(again, value));
  assert.deepEqual(encodeValue(again, crypter), stored, "what has not changed was encrypted anew");
  const { asset, ...rest } = value;
  const sent = fromStruct(toStruct({ ...rest, later: UNKNOWN }, { secrets: true, resources: true }));
  assert.ok(equal(sent, { ...rest, later: UNKNOWN }));
  const plain = fromStruct(toStruct(rest, { secrets: false, resources: false }));
  assert.deepEqual([plain.secret, plain.resource, plain.component], [{ deep: ["hush"] }, "id", "urn:y"]);
  assert.throws(() => openCrypter("other", crypter.salt), /incorrect passphrase/);
});

test("deletes wait for all that depends on them; a failure keeps what it hangs on", async () => {
  const state = (name: string, dependencies: string[]): ResourceState => {
    const json = { urn: `urn::${name}`, type: "t", custom: true, dependencies: dependencies.map((n) => `urn::${n}`) };
    return decodeResource(json, newCrypterOnce());
  };
  const states = [state("a", []), state("b", ["a"]), state("c", ["b"]), state("d", ["a"])];
  const steps = states.toReversed().map((old) => ({ op: "delete" as const, urn: old.urn, old }));
  const done: string[] = [];
  const deleting = runDeletes(steps, async ({ urn }) => {
    if (urn === "urn::c") throw new Error("no");
    done.push(urn);
  });
  await assert.rejects(deleting, /no/);
  assert.deepEqual(done, ["urn::d"]);
});

let crypterOnce: ReturnType<typeof newCrypter> | undefined;
function newCrypterOnce() {
  crypterOnce ??= newCrypter("x");
  return crypterOnce;
}

test("of what was interrupted only creates are kept, and those until their resource is recorded", async () => {
  const make = (name: string) => decodeResource({ urn: `urn::${name}`, type: "t", custom: true }, newCrypterOnce());
  const pending = (["creating", "updating", "deleting"] as const).map((type) => ({ type, resource: make(type) }));
  const written: Checkpoint[] = [];
  const snapshot = new Snapshot({ resources: [], pending }, (checkpoint) => written.push(checkpoint));
  assert.deepEqual(
    snapshot.checkpoint().pending.map(({ type }) => type),
    ["creating"],
  );
  const saves = [snapshot.save(), snapshot.save()];
  await Promise.all(saves);
  assert.equal(written.length, 1, "two saves at once were two writes");
  snapshot.put(make("creating"));
  await snapshot.finish();
  assert.deepEqual(written.at(-1)?.pending, []);
  await snapshot.finish();
  assert.equal(written.length, 2, "written although nothing had changed");
});

test("no more than the limit at a time, in order, failures included", async () => {
  const limit = new Limit(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = [1, 2, 3, 4, 5].map((number) =>
    limit.run(async () => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(number);
      running--;
      if (number === 2) throw new Error("two");
    }),
  );
  const results = await Promise.allSettled(work);
  assert.equal(most, 2);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
  assert.equal(results.filter(({ status }) => status === "rejected").length, 1);
});

test("the places in code are taken out of an error, the rest stays", () => {
  const text =
    "Error: it broke\n    at f (file:///x/y.ts:1:2)\n    at async g (node:internal/z:3:4)\nTry: this\n    at noon";
  assert.equal(withoutStack(text), "Error: it broke\nTry: this\n    at noon");
});
