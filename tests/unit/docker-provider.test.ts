import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kinds } from "../../engine/docker/kinds.ts";
import { maskSecrets } from "../../engine/docker/mask.ts";
import { DockerProvider } from "../../engine/docker/provider.ts";
import { referencePage } from "../../engine/docker/reference.ts";
import { type PropertyMap, Secret, UNKNOWN } from "../../engine/values.ts";

const types = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  image: "docker:index/remoteImage:RemoteImage",
  volume: "docker:index/volume:Volume",
};
type Type = keyof typeof types;

const provider = new DockerProvider();
const named = (type: Type) => ({ urn: `urn:pulumi:s::p::${types[type]}::x`, type: types[type], name: "x" });

const check = (type: Type, news: PropertyMap) =>
  provider.check({ ...named(type), olds: undefined, news, seed: new Uint8Array([1, 2, 3]) });

const whole = {
  name: "db",
  image: "sha256:1",
  command: ["postgres"],
  envs: ["A=1", "B=2"],
  memory: 64,
  capabilities: { drops: ["ALL"] },
  healthcheck: { tests: ["CMD", "true"], interval: "2s" },
  ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }],
  volumes: [
    { volumeName: "a", containerPath: "/a" },
    { volumeName: "b", containerPath: "/b" },
  ],
};

/** How a change from `whole` is judged: what it replaces, what it changes in place. */
async function change(changes: PropertyMap, type: Type = "container", from: PropertyMap = whole) {
  const { inputs: olds } = await check(type, from);
  const news = Object.fromEntries(Object.entries({ ...from, ...changes }).filter(([, value]) => value !== null));
  const { inputs } = await check(type, news);
  const base = { ...named(type), id: "1", oldInputs: olds, oldOutputs: {}, ignoreChanges: [] };
  const { changes: kind, replaces, diffs, deleteBeforeReplace } = await provider.diff({ ...base, news: inputs });
  return { kind, replaces, diffs, deleteBeforeReplace };
}

const nothing = { kind: "none", replaces: [], diffs: [], deleteBeforeReplace: false };
const inPlace = (...diffs: string[]) => ({ kind: "some", replaces: [], diffs, deleteBeforeReplace: false });
const anew = (...diffs: string[]) => ({ kind: "some", replaces: diffs, diffs, deleteBeforeReplace: true });

test("defaults are filled in and noted as the real provider does it", async () => {
  const { inputs, failures } = await check("container", { name: "c", image: "i", ports: [{ internal: 80 }] });
  assert.deepEqual(failures, []);
  assert.deepEqual(inputs, {
    __defaults: [
      "containerReadRefreshTimeoutMilliseconds",
      "mustRun",
      "networkMode",
      "removeVolumes",
      "restart",
      "start",
      "waitTimeout",
    ],
    containerReadRefreshTimeoutMilliseconds: 15_000,
    image: "i",
    mustRun: true,
    name: "c",
    networkMode: "bridge",
    ports: [{ __defaults: ["ip", "protocol"], internal: 80, ip: "0.0.0.0", protocol: "tcp" }],
    removeVolumes: true,
    restart: "no",
    start: true,
    waitTimeout: 60,
  });
});

test("a name is made up where none is given, the same in one run, and kept afterwards", async () => {
  const first = await check("network", {});
  assert.match(String(first.inputs.name), /^x-[0-9a-f]{7}$/);
  assert.equal((await check("network", {})).inputs.name, first.inputs.name);
  const seed = new Uint8Array([9]);
  const later = await provider.check({ ...named("network"), olds: first.inputs, news: {}, seed });
  assert.equal(later.inputs.name, first.inputs.name);
  assert.deepEqual(await change({}, "network", {}), nothing);
});

test("every mistake is named at once: a wrong type, an unknown property, one that is missing", async () => {
  const { failures } = await check("container", { name: 5, memory: "64", colour: "red", ports: [{ external: 1 }] });
  assert.deepEqual(failures.map(({ property }) => property).sort(), [
    "colour",
    "image",
    "memory",
    "name",
    "ports[0].internal",
  ]);
});

test("what only the real provider serves is refused with a way out, not left undone", async () => {
  for (const [name, value] of Object.entries({ gpus: "all", attach: true })) {
    const { failures } = await check("container", { name: "c", image: "i", [name]: value });
    assert.match(failures[0]?.reason ?? "", /not served by the built-in Docker provider\nTry: .*Pulumi CLI/);
  }
  const unserved = { urn: "u", type: "docker:index/service:Service", name: "x", olds: undefined, news: {} };
  await assert.rejects(provider.check({ ...unserved, seed: new Uint8Array() }), /Service is not served.*\nTry: /s);
});

test("a setting of the package that is not heeded here is refused too", async () => {
  const news = { host: "unix:///var/run/docker.sock", version: "5.2.0", registryAuth: "[]" };
  const { failures } = await provider.checkConfig({ news });
  assert.deepEqual(
    failures.map(({ property }) => property),
    ["registryAuth"],
  );
});

test("the same inputs are no change, in whatever order sets are given", async () => {
  assert.deepEqual(await change({}), nothing);
  assert.deepEqual(await change({ envs: ["B=2", "A=1"], volumes: [...whole.volumes].reverse() }), nothing);
  assert.deepEqual(await change({ dns: [] }), nothing);
});

test("limits, restart policy and health check change in place", async () => {
  assert.deepEqual(await change({ memory: 128 }), inPlace("memory"));
  assert.deepEqual(await change({ restart: "always" }), inPlace("restart"));
  assert.deepEqual(await change({ healthcheck: { ...whole.healthcheck, interval: "3s" } }), inPlace("healthcheck"));
});

test("what a container is made of takes another container, and the old one goes first", async () => {
  assert.deepEqual(await change({ image: "sha256:2" }), anew("image"));
  assert.deepEqual(await change({ command: ["other"] }), anew("command"));
  assert.deepEqual(await change({ capabilities: { drops: ["ALL"], adds: ["CHOWN"] } }), anew("capabilities"));
  assert.deepEqual(await change({ ports: [{ ...whole.ports[0], external: 8081 }] }), anew("ports"));
  assert.deepEqual(await change({ ports: null }), anew("ports"));
  assert.deepEqual(await change({ image: UNKNOWN }), anew("image"));
});

test("what may be left to Docker is no change when it is left away", async () => {
  assert.deepEqual(await change({ command: null, envs: null, healthcheck: null }), nothing);
});

test("an image is another one when its context, its arguments or its triggers are", async () => {
  const image = { name: "i:1", build: { context: "/a", buildArgs: { A: "1" } }, triggers: { s: "1" } };
  const beside = (...names: string[]) => ({ ...anew(...names), deleteBeforeReplace: false });
  const changed = (news: PropertyMap) => change(news, "image", image);
  assert.deepEqual(await changed({ build: { context: "/b", buildArgs: { A: "1" } } }), beside("build"));
  assert.deepEqual(await changed({ build: { context: "/a", buildArgs: { A: "2" } } }), beside("build"));
  assert.deepEqual(await changed({ triggers: { s: "2" } }), beside("triggers"));
  assert.deepEqual(await changed({ forceRemove: true }), inPlace("forceRemove"));
});

test("in a preview, what Docker decides is unknown and nothing is made", async () => {
  const { inputs } = await check("container", whole);
  const { outputs } = await provider.create({ ...named("container"), inputs, timeoutSeconds: 0, preview: true });
  assert.equal(outputs.hostname, UNKNOWN);
  assert.equal(outputs.networkDatas, UNKNOWN);
  assert.deepEqual(outputs.command, ["postgres"]);
});

test("a secret input stays one through check and preview", async () => {
  const secret = new Secret("hunter22");
  const { inputs } = await check("volume", { name: "v", driverOpts: { password: secret } });
  assert.deepEqual(inputs.driverOpts, { password: secret });
  const made = await provider.create({ ...named("volume"), inputs, timeoutSeconds: 0, preview: true });
  assert.deepEqual(made.outputs.driverOpts, { password: secret });
});

test("a secret is masked in what Docker says, with and without the name that it is assigned to", () => {
  const inputs = {
    envs: new Secret(["PASSWORD=hunter22", "OTHER=horse battery"]),
    buildArgs: { T: new Secret("tok3n") },
  };
  const said = "exec: hunter22 and horse battery of PASSWORD=hunter22, tok3n";
  assert.equal(maskSecrets(said, inputs), "exec: [secret] and [secret] of [secret], [secret]");
});

test("the reference says what is served, and every type that the program uses is", () => {
  const root = join(import.meta.dirname, "..", "..");
  assert.equal(readFileSync(join(root, "docs", "reference", "docker-provider.md"), "utf8"), referencePage());
  const target = join(root, "infra", "targets", "docker");
  const sources = ["ground.ts", "grafana.ts"].map((file) => readFileSync(join(target, file), "utf8")).join("\n");
  const used = [...sources.matchAll(/new docker\.(\w+)\(/g)].map(([, name]) => name);
  const served = Object.keys(kinds).map((token) => token.split(":").at(-1));
  assert.ok(used.length >= 4);
  assert.deepEqual(
    used.filter((name) => !served.includes(name)),
    [],
  );
});
