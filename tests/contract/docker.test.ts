import assert from "node:assert/strict";
import { after, test } from "node:test";
import { run } from "../../machine/run.ts";
import { dockerForTests, testBase } from "../support/docker.ts";
import { killHard } from "../support/kill.ts";
import { contractSuite, linesWith } from "./suite.ts";

const docker = await dockerForTests();
const { skip } = docker;
if (skip) console.log(`docker contract: skipped, ${skip}`);

const names = "landfall-docker-";
const target = {
  stack: "docker",
  skip,
  config: `  landfall:docker:\n    base_image: ${testBase}\n    publish: { database: true, monitoring: true }\n`,
  traces: async () => [
    await linesWith(names, "docker", "ps", "--all", "--format", "{{.Names}}"),
    await linesWith(names, "docker", "volume", "ls", "--format", "{{.Name}}"),
    await linesWith(names, "docker", "network", "ls", "--format", "{{.Name}}"),
    await linesWith(names, "docker", "image", "ls", "--format", "{{.Repository}}"),
  ],
};

contractSuite(target, (stack) => {
  test("containers are hardened, and publish on loopback only", { skip }, async () => {
    const list = await run("docker", ["ps", "--filter", `name=${names}`, "--format", "{{.Names}}"]);
    const containers = list.stdout.trim().split("\n");
    assert.ok(containers.length >= 8);
    const { stdout } = await run("docker", ["inspect", ...containers]);
    for (const { Name, HostConfig, Config, State } of JSON.parse(stdout)) {
      assert.equal(HostConfig.ReadonlyRootfs, true, Name);
      assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges"], Name);
      assert.deepEqual(HostConfig.CapDrop, ["ALL"], Name);
      assert.equal(HostConfig.Privileged, false, Name);
      assert.equal(Config.User, "5432:5432", Name);
      assert.ok(HostConfig.Memory > 0, Name);
      assert.equal(HostConfig.RestartPolicy.Name, "unless-stopped", Name);
      assert.equal(State.Running, true, Name);
      const bindings = Object.values(HostConfig.PortBindings ?? {}).flat() as { HostIp: string }[];
      for (const { HostIp } of bindings) assert.equal(HostIp, "127.0.0.1", Name);
    }
    const passwords = Object.values(stack.outputs.roles).flatMap((role) =>
      typeof role === "string" ? [] : [role.password],
    );
    for (const password of passwords) assert.ok(!stdout.includes(password), "docker inspect shows a password");
  });

  test("a container that is killed comes back", { skip }, async () => {
    await run("docker", ["kill", "--signal", "KILL", `${names}pooler`]);
    // Docker takes a kill for the user's will; a crash from within is what the restart policy is for.
    await run("docker", ["start", `${names}pooler`]);
    const inspected = await run("docker", ["inspect", "--format", "{{.State.Pid}}", `${names}database`]);
    killHard(Number(inspected.stdout.trim()));
    for (let tries = 0; tries < 60; tries++) {
      const answered = await stack.ask("app", "SELECT 1").catch(() => []);
      if (answered.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.fail("the database did not come back");
  });

  test("down --keep-data keeps data and backups, and the next up takes them over", { skip }, async () => {
    const backups = async () => JSON.parse((await stack.verb("backup", "--dry-run", "--json")).stdout).backups.length;
    const before = await backups();
    assert.ok(before > 0);
    const down = await stack.verb("down", "--keep-data");
    assert.equal(down.code, 0, down.stderr);
    const kept = await linesWith(names, "docker", "volume", "ls", "--format", "{{.Name}}");
    assert.deepEqual(kept.split("\n").sort(), [`${names}backups`, `${names}data`]);
    await stack.up();
    assert.deepEqual(await stack.ask("readonly", "SELECT name FROM item WHERE id = 1"), ["one"]);
    assert.equal(await backups(), before);
  });
});

after(() => docker.stop());
