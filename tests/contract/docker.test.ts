import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { choosePorts } from "../../machine/ports.ts";
import { type RunResult, run } from "../../machine/run.ts";
import { problemOf } from "../support/checkout.ts";
import { dockerForTests, keepLayers, standInForGrafana, testBase } from "../support/docker.ts";
import { killHard } from "../support/kill.ts";
import { contractSuite, linesWith } from "./suite.ts";

const daemon = await dockerForTests();
const { skip } = daemon;
if (skip) console.log(`docker contract: skipped, ${skip}`);

const names = "landfall-docker-";
const grafana = skip ? "" : await standInForGrafana();
// Far from the usual ones: the native stack of the other file is coming up at this moment, and looks for its own there.
const servers = "database pooler prometheus alertmanager postgres_exporter pgbouncer_exporter scheduler grafana".split(
  " ",
);
const ports = await choosePorts(Object.fromEntries(servers.map((name, i) => [name, 27_000 + 10 * i])));
const target = {
  stack: "docker",
  skip,
  config: `  landfall:docker:\n    base_image: ${testBase}\n    grafana: ${grafana}\n    publish: { database: true, monitoring: true }\n    ports: ${JSON.stringify(ports)}\n`,
  traces: async () => [
    await linesWith(names, "docker", "ps", "--all", "--format", "{{.Names}}"),
    await linesWith(names, "docker", "volume", "ls", "--format", "{{.Name}}"),
    await linesWith(names, "docker", "network", "ls", "--format", "{{.Name}}"),
    await linesWith(names, "docker", "image", "ls", "--format", "{{.Repository}}"),
  ],
};

/** A docker command that must not fail. */
async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("docker", args);
  assert.equal(code, 0, `docker ${args[0]}: ${stderr}`);
  return stdout.trim();
}

/** What a killed command had begun inside the container may still be at it for a moment. */
async function untilNotBusy(verb: () => Promise<RunResult>): Promise<RunResult> {
  for (let tries = 0; ; tries++) {
    const result = await verb();
    if (/cut short/.test(result.stderr) || tries === 60) return result;
    await sleep(500);
  }
}

contractSuite(target, (stack) => {
  test("containers are hardened, and publish on loopback only", { skip }, async () => {
    // The test after the next one takes the stack down, and its images with it.
    await keepLayers(names);
    const list = await docker("ps", "--filter", `name=${names}`, "--format", "{{.Names}}");
    const containers = list.split("\n").filter((name) => name !== `${names}grafana`);
    assert.ok(containers.length >= 8);
    const stdout = await docker("inspect", ...containers);
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

  test("Grafana has its source and its dashboard, nobody can log in, and it holds no secret", { skip }, async () => {
    const read = (path: string) => docker("exec", `${names}grafana`, "cat", path);
    const source = parse(await read("/etc/grafana/provisioning/datasources/landfall.yml"));
    assert.equal(source.datasources[0].url, `http://${names}prometheus:9090`);
    const provider = parse(await read("/etc/grafana/provisioning/dashboards/landfall.yml"));
    const { panels } = JSON.parse(await read(`${provider.providers[0].options.path}/landfall.json`));
    assert.ok(panels.length >= 8);
    const [{ Config: config, HostConfig: host }] = JSON.parse(await docker("inspect", `${names}grafana`));
    for (const setting of ["GF_AUTH_BASIC_ENABLED=false", "GF_AUTH_DISABLE_LOGIN_FORM=true"])
      assert.ok(config.Env.includes(setting), setting);
    assert.deepEqual([host.CapDrop, host.SecurityOpt], [["ALL"], ["no-new-privileges"]]);
    assert.equal(host.PortBindings["3000/tcp"][0].HostIp, "127.0.0.1");
  });

  test("without a daemon nothing is begun, and the error says what to do", { skip }, async () => {
    const nowhere = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const refused = await stack.checkout.verbWith(nowhere, "up", "--stack", target.stack);
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(problemOf(refused).error, /no Docker daemon answers/);
  });

  test("a container that is killed comes back", { skip }, async () => {
    await docker("kill", "--signal", "KILL", `${names}pooler`);
    // Docker takes a kill for the user's will; a crash from within is what the restart policy is for.
    await docker("start", `${names}pooler`);
    killHard(Number(await docker("inspect", "--format", "{{.State.Pid}}", `${names}database`)));
    const until = Date.now() + 180_000;
    let problem = "";
    while (Date.now() < until) {
      try {
        assert.deepEqual(await stack.ask("app", "SELECT 1"), [1]);
        return;
      } catch (error) {
        problem = (error as Error).message;
        await sleep(250);
      }
    }
    const logs = ["database", "pooler"].map((part) => run("docker", ["logs", "--tail", "20", `${names}${part}`]));
    const said = (await Promise.all(logs)).map(({ stdout, stderr }) => stdout + stderr);
    assert.fail([`the database did not come back: ${problem}`, ...said].join("\n"));
  });

  test("a restore in place stops and starts the database's container; one that fails puts the old data back", {
    skip,
  }, async () => {
    await sleep(1100);
    const time = new Date().toISOString();
    await sleep(100);
    await stack.ask("app", "INSERT INTO item (name) VALUES ('late')");
    const late = () => stack.ask("readonly", "SELECT count(*)::int FROM item WHERE name = 'late'");
    const failed = await stack.verb("restore", "--xid", "999999999", "--yes");
    assert.equal(failed.code, 11, failed.stderr);
    assert.match(problemOf(failed).error, /recovery ended before .*the database is as it was before, and runs/);
    assert.deepEqual(await late(), [1]);
    const restored = await stack.verb("restore", "--time", time, "--yes", "--json");
    assert.equal(restored.code, 0, restored.stderr);
    const { timeline, oldData } = JSON.parse(restored.stdout);
    assert.ok(timeline > 1);
    assert.deepEqual(await late(), [0]);
    await docker("exec", `${names}ops`, "test", "-f", `${oldData}/PG_VERSION`);
    assert.equal((await stack.verb("restore", "--remove-old")).code, 0);
    const delta = await stack.verb("restore", "--delta", "--yes");
    assert.equal(delta.code, 0, delta.stderr);
    assert.deepEqual(await late(), [0]);
  });

  test("a restore in place that was killed is named by what comes next, and done again", { skip }, async () => {
    const state = () => docker("inspect", "--format", "{{.State.Status}}", `${names}database`);
    const rows = () => stack.ask("readonly", "SELECT count(*)::int FROM item");
    const before = await rows();
    const script = stack.checkout.path("scripts", "restore.mjs");
    const killed = spawn(process.execPath, [script, "--stack", target.stack, "--yes"], {
      cwd: stack.checkout.folder,
      env: { ...process.env, HOME: stack.checkout.path(".landfall", "home") },
      stdio: "ignore",
    });
    const gone = once(killed, "exit");
    while (killed.exitCode === null && (await state()) === "running") await sleep(20);
    killHard(killed.pid ?? 0);
    await gone;
    // What runs inside comes to its end by itself, or to where it would ask for the container.
    for (const name of ["status", "up", "drill", "backup"]) {
      const refused = await untilNotBusy(() => stack.verb(name));
      assert.notEqual(refused.code, 0, name);
      assert.match(problemOf(refused).error, /a restore in place of the stack docker was cut short/, name);
    }
    const again = await stack.verb("restore", "--yes");
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await rows(), before);
    assert.equal((await stack.verb("status")).code, 0);
    assert.equal((await stack.verb("restore", "--remove-old")).code, 0);
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

after(() => daemon.stop());
