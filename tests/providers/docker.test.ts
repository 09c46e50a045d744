import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DockerProvider } from "../../engine/docker/provider.ts";
import { PartialFailure } from "../../engine/provider.ts";
import { type PropertyMap, Secret } from "../../engine/values.ts";
import { provider as containerProcess } from "../../infra/providers/container-process.ts";
import { provider as keptVolumes } from "../../infra/providers/kept-volumes.ts";
import { run } from "../../machine/run.ts";
import { dockerForTests, testBase } from "../support/docker.ts";
import { DockerResource, type Type } from "../support/docker-resource.ts";

const daemon = await dockerForTests();
const { skip } = daemon;
if (skip) console.log(`built-in Docker provider: skipped, ${skip}`);

const prefix = `landfall-provider-test-${process.pid}`;
const named = (part: string) => `${prefix}-${part}`;
const provider = new DockerProvider();
await provider.configure({});
const made: DockerResource[] = [];
const resource = (type: Type, name: string) => {
  const one = new DockerResource(provider, type, name);
  made.unshift(one);
  return one;
};
const docker = async (...args: string[]) => (await run("docker", args)).stdout.trim();
const inspect = async (name: string) => JSON.parse(await docker("inspect", name))[0];
const sleeper = { image: testBase, command: ["sleep", "1000"], init: true };

const folder = mkdtempSync(join(tmpdir(), "lf-docker-"));
function context(files: Record<string, string>): string {
  const path = mkdtempSync(join(folder, "context-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

after(async () => {
  for (const one of made) if (one.id) await one.delete().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
  await daemon.stop();
});

test("a container is as its inputs say, in its network, with its volume, and all of it goes away", {
  skip,
}, async () => {
  const network = await resource("network", "net").create({ name: named("net") });
  const volume = await resource("volume", "vol").create({ name: named("vol") });
  const inputs: PropertyMap = {
    ...sleeper,
    name: named("whole"),
    networksAdvanced: [{ name: named("net"), aliases: ["here"] }],
    volumes: [{ volumeName: named("vol"), containerPath: "/data", readOnly: true }],
    ports: [{ internal: 80, ip: "127.0.0.1" }],
    user: "1:1",
    readOnly: true,
    tmpfs: { "/tmp": "size=4m" },
    securityOpts: ["no-new-privileges"],
    capabilities: { drops: ["ALL"] },
    envs: ["COLOUR=red"],
    labels: [{ label: "of", value: "test" }],
    restart: "unless-stopped",
    memory: 64,
    memorySwap: 64,
    shmSize: 16,
    stopTimeout: 3,
    healthcheck: { tests: ["CMD", "true"], interval: "1s", timeout: "1m30s", retries: 2 },
    wait: true,
  };
  const container = await resource("container", "whole").create(inputs);
  const { HostConfig: host, Config: config, NetworkSettings: net, State: state } = await inspect(named("whole"));
  assert.equal(state.Health.Status, "healthy");
  assert.deepEqual(Object.keys(net.Networks), [named("net")]);
  assert.ok(net.Networks[named("net")].Aliases.includes("here"));
  assert.deepEqual(host.Binds, [`${named("vol")}:/data:ro`]);
  assert.equal(host.ReadonlyRootfs, true);
  assert.deepEqual(host.CapDrop, ["ALL"]);
  assert.deepEqual(host.SecurityOpt, ["no-new-privileges"]);
  assert.deepEqual(host.Tmpfs, { "/tmp": "size=4m" });
  assert.equal(host.RestartPolicy.Name, "unless-stopped");
  assert.deepEqual([host.Memory, host.MemorySwap, host.ShmSize], [64 * 2 ** 20, 64 * 2 ** 20, 16 * 2 ** 20]);
  assert.equal(config.User, "1:1");
  assert.equal(config.StopTimeout, 3);
  assert.equal(config.Healthcheck.Timeout, 90e9);
  assert.ok(config.Env.includes("COLOUR=red"));
  assert.equal(config.Labels.of, "test");

  const [port] = container.outputs.ports as { external: number }[];
  assert.equal(String(port?.external), net.Ports["80/tcp"][0].HostPort, "the port that Docker chose is an output");
  assert.equal(network.outputs.driver, "bridge");
  assert.equal(volume.outputs.driver, "local");
  assert.equal((await container.diff(inputs)).changes, "none");

  for (const one of [container, volume, network]) {
    await one.delete();
    assert.equal(await one.read(), null);
    await one.delete();
  }
});

test("limits change in place, in the running container", { skip }, async () => {
  const inputs: PropertyMap = { ...sleeper, name: named("limits"), memory: 64, memorySwap: 64, restart: "no" };
  const container = await resource("container", "limits").create(inputs);
  const before = (await inspect(named("limits"))).State.Pid;
  await container.update({ ...inputs, memory: 128, memorySwap: 128, restart: "always" });
  const { State: state, HostConfig: host } = await inspect(named("limits"));
  assert.equal(state.Pid, before);
  assert.deepEqual([host.Memory, host.RestartPolicy.Name], [128 * 2 ** 20, "always"]);
  assert.equal(container.outputs.memory, 128);
});

test("a container that stopped shows in a read, and an update starts it again", { skip }, async () => {
  const inputs: PropertyMap = { ...sleeper, name: named("stopped") };
  const container = await resource("container", "stopped").create(inputs);
  await docker("kill", named("stopped"));
  const found = await container.read();
  assert.deepEqual([found?.outputs.mustRun, found?.outputs.exitCode], [false, 137]);
  await container.update(inputs);
  assert.equal((await inspect(named("stopped"))).State.Running, true);
});

test("the process of a container that somebody stopped is a change, and is brought up again", { skip }, async () => {
  const name = named("process");
  await resource("container", "process").create({ ...sleeper, name });
  const inputs = { container: name, containerId: "1", restartKey: "", reloadKey: "", afterReload: null };
  const { id, outputs } = await containerProcess.create(inputs);
  const changes = async () => (await containerProcess.diff(id, outputs, inputs)).changes;
  assert.equal(await changes(), false);
  await docker("stop", "-t", "1", name);
  assert.equal(await changes(), true);
  await containerProcess.update(id, outputs, inputs);
  assert.equal((await inspect(name)).State.Running, true);
  assert.equal(await changes(), false);
  assert.equal((await containerProcess.diff(id, { ...outputs, container: named("nowhere") }, inputs)).changes, true);
  const gone = { ...inputs, container: named("nowhere") };
  assert.equal((await containerProcess.diff(id, gone, gone)).changes, false, "not there: the container's own matter");
});

test("a container that does not come up is reported with its log and without its secrets, and can be removed", {
  skip,
}, async () => {
  const container = resource("container", "sick");
  const inputs: PropertyMap = {
    image: testBase,
    name: named("sick"),
    command: ["sh", "-c", "echo cannot open the box with $KEY; exit 3"],
    envs: new Secret(["KEY=0pen-sesame"]),
    healthcheck: { tests: ["CMD", "true"], interval: "1s" },
    wait: true,
  };
  await assert.rejects(container.create(inputs), (error: unknown) => {
    assert.ok(error instanceof PartialFailure);
    assert.match(error.message, /ended with exit code 3\n.*cannot open the box with \[secret\]\nTry: docker logs/s);
    container.id = error.id;
    return true;
  });
  await container.delete();
  assert.equal(await container.read(), null);
});

test("what a killed run left behind is taken over, and what somebody else made is not", { skip }, async () => {
  const inputs: PropertyMap = { ...sleeper, name: named("left") };
  await new DockerResource(provider, "container", "left").create(inputs);
  const again = await resource("container", "left").create(inputs);
  assert.equal((await inspect(named("left"))).Id, again.id);
  const other = new DockerResource(provider, "container", "other");
  await assert.rejects(other.create(inputs), /already in use.*\nTry: docker rm/s);
  assert.equal((await inspect(named("left"))).Id, again.id);

  const first = await resource("network", "left").create({ name: named("left-net") });
  const second = await resource("network", "left").create({ name: named("left-net") });
  assert.equal(first.id, second.id);
  const internal = { name: named("left-net"), internal: true };
  await assert.rejects(new DockerResource(provider, "network", "left").create(internal), /already exists/);
});

test("a container has the time that it asks for to end", { skip }, async () => {
  const script = "trap 'sleep 1; echo ended well > /data/end; exit 0' TERM; while :; do sleep 0.1; done";
  const volume = await resource("volume", "grace").create({ name: named("grace") });
  const mount = { volumeName: named("grace"), containerPath: "/data" };
  const inputs: PropertyMap = {
    image: testBase,
    name: named("grace"),
    command: ["sh", "-c", script],
    volumes: [mount],
  };
  const container = await resource("container", "grace").create({ ...inputs, destroyGraceSeconds: 20 });
  await container.delete();
  const said = await docker("run", "--rm", "-v", `${named("grace")}:/data`, testBase, "cat", "/data/end");
  assert.equal(said, "ended well");
  await volume.delete();
});

test("files are in the container before it starts", { skip }, async () => {
  const uploads: PropertyMap[] = [
    { file: "/etc/deep/down/a.txt", content: "ä: 'quoted'\n", permissions: "0640" },
    { file: "/usr/local/bin/hello", contentBase64: Buffer.from("#!/bin/sh\n").toString("base64"), executable: true },
  ];
  const command = [
    "sh",
    "-c",
    "cat /etc/deep/down/a.txt; stat -c %a /etc/deep/down/a.txt /usr/local/bin/hello; sleep 99",
  ];
  await resource("container", "files").create({ image: testBase, name: named("files"), command, uploads });
  await run("sleep", ["0.5"]);
  assert.equal(await docker("logs", named("files")), "ä: 'quoted'\n640\n744");
});

test("an image is built from its folder, less what .dockerignore names, and its layers are used again", {
  skip,
}, async () => {
  const files = {
    Dockerfile: "ARG BASE\nFROM $BASE\nARG WHO\nCOPY . /app\nRUN date +%N > /built && echo $WHO > /who\n",
    ".dockerignore": "# not these\n*.secret\n!keep.secret\n",
    "a.txt": "a",
    "b.secret": "b",
    "keep.secret": "k",
  };
  const build = { context: context(files), buildArgs: { BASE: testBase, WHO: "me" }, useLegacyBuilder: true };
  const image = await resource("image", "image").create({ name: named("image:1"), build, forceRemove: true });
  const show = (name: string) => docker("run", "--rm", name, "sh", "-c", "ls /app; cat /who /built");
  const first = await show(named("image:1"));
  assert.match(first, /^Dockerfile\na\.txt\nkeep\.secret\nme\n/);
  const second = await resource("image", "image2").create({ name: named("image:2"), build, forceRemove: true });
  assert.equal(await show(named("image:2")), first);
  assert.equal(second.outputs.imageId, image.outputs.imageId);
  await image.delete();
  assert.equal((await second.read())?.outputs.imageId, second.outputs.imageId, "the other name stays");
  await second.delete();
  assert.equal(await second.read(), null);
});

test("a build that fails says what it said last, without secrets", { skip }, async () => {
  const Dockerfile = "ARG BASE\nFROM $BASE\nARG TOKEN\nRUN echo fetching with $TOKEN && exit 7\n";
  const buildArgs = { BASE: testBase, TOKEN: new Secret("t0p-secret") };
  const image = resource("image", "broken");
  const made = image.create({
    name: named("broken:1"),
    build: { context: context({ Dockerfile }), buildArgs, forceRemove: true },
  });
  await assert.rejects(made, (error: Error) => {
    assert.match(error.message, /build the image .*fetching with \[secret\].*returned a non-zero code: 7/s);
    assert.doesNotMatch(error.message, /t0p-secret/);
    return true;
  });
  const nowhere = { name: named("broken:2"), build: { context: join(folder, "nowhere") } };
  await assert.rejects(resource("image", "nowhere").create(nowhere), /is no folder\nTry: /);
});

test("an image that is nowhere, and a port that is taken, end in one sentence and a way out", { skip }, async () => {
  const missing = resource("container", "missing");
  await assert.rejects(missing.create({ name: named("missing"), image: "127.0.0.1:1/nothing:1" }), /pull the image/);
  const ports = [{ internal: 80, ip: "127.0.0.1" }];
  const first = await resource("container", "port").create({ ...sleeper, name: named("port"), ports });
  const [{ external }] = first.outputs.ports as [{ external: number }];
  const second = resource("container", "port2");
  const taken = { ...sleeper, name: named("port2"), ports: [{ ...ports[0], external }] };
  await assert.rejects(second.create(taken), (error: unknown) => {
    assert.ok(error instanceof PartialFailure);
    second.id = error.id;
    assert.match(error.message, /port is already allocated\nTry: choose another port/);
    return true;
  });
});

test("volumes that hold data go with the stack, unless they are to be kept", { skip }, async () => {
  const volume = await resource("volume", "kept").create({ name: named("kept") });
  const { id, outputs } = await keptVolumes.create({ volumes: [named("kept")] });
  process.env.LANDFALL_KEEP_DATA = "1";
  await keptVolumes.delete(id, outputs);
  delete process.env.LANDFALL_KEEP_DATA;
  assert.notEqual(await volume.read(), null);
  await keptVolumes.delete(id, outputs);
  assert.equal(await volume.read(), null);
  await keptVolumes.delete(id, outputs);
});

test("without a daemon the error says so, and what to do", async () => {
  const alone = new DockerProvider();
  await alone.configure({ host: "unix:///nowhere/docker.sock" });
  const volume = new DockerResource(alone, "volume", "v");
  await assert.rejects(volume.create({ name: "v" }), /^Error: no Docker daemon answers at .*\nTry: start it/);
});
