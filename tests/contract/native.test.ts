import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StackOutputs } from "../../infra/contract.ts";
import { missingParts } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { problemOf } from "../support/checkout.ts";
import { killHard } from "../support/kill.ts";
import { contractSuite, linesWith } from "./suite.ts";

const missing = await missingParts();
const skip = missing.length > 0 ? `this machine lacks ${missing.join(", ")}` : (false as const);

/** The stack's folder, by the place of its logs. */
const homeOf = (outputs: StackOutputs) => dirname(dirname(outputs.parts[0]?.log ?? ""));

const target = {
  stack: "local",
  skip,
  config: "",
  traces: async (outputs: StackOutputs) => {
    const home = homeOf(outputs);
    return [await linesWith(home, "ps", "-eo", "args"), existsSync(home) ? home : ""];
  },
};

contractSuite(target, (stack) => {
  const pidOf = (name: string) => Number(readFileSync(join(homeOf(stack.outputs), "run", `${name}.pid`), "utf8"));

  test("no secret is in the state, in an argument or in a file that others can read", { skip }, async () => {
    const home = homeOf(stack.outputs);
    const state = readFileSync(stack.checkout.path(".landfall", ".pulumi", "stacks", "landfall", "local.json"), "utf8");
    const secrets = Object.values(stack.outputs.roles).flatMap((role) =>
      typeof role === "string" ? [] : [role.password],
    );
    for (const secret of secrets) {
      assert.ok(!state.includes(secret), "the state holds a password in plain text");
      assert.equal(await linesWith(secret, "ps", "-eo", "args"), "", "an argument holds a password");
      const { stdout } = await run("grep", ["-rlF", secret, home, stack.checkout.path(".landfall", "passphrase")]);
      for (const file of stdout.trim().split("\n").filter(Boolean)) {
        assert.equal(statSync(file).mode & 0o077, 0, `${file} can be read by others`);
      }
    }
  });

  test("what was killed is running again without anybody's doing", { skip }, async () => {
    const before = pidOf("postgres");
    killHard(before);
    killHard(pidOf("pgbouncer"));
    for (let tries = 0; tries < 150 && pidOf("postgres") === before; tries++) await sleep(200);
    assert.notEqual(pidOf("postgres"), before);
    for (let tries = 0; tries < 50; tries++) {
      if ((await stack.verb("status")).code === 0) break;
      await sleep(200);
    }
    assert.deepEqual(await stack.ask("app", "SELECT name FROM item WHERE id = 1"), ["one"]);
  });

  test("every bad setting is named at once, and nothing is changed", { skip }, async () => {
    stack.configure("  landfall:postgresql:\n    work_mem: lots\n    max_conections: 5\n");
    const refused = await stack.verb("up");
    stack.configure("");
    assert.equal(refused.code, 2, refused.stderr);
    const { error } = problemOf(refused);
    assert.match(error, /landfall:postgresql\.work_mem: "lots" must be an amount of memory/);
    assert.match(error, /landfall:postgresql\.max_conections: 5 is not a setting/);
  });

  test("a stack that does not exist, a wrong passphrase, a file that is not YAML", { skip }, async () => {
    const unknown = await stack.checkout.verb("up", "--stack", "nowhere");
    assert.equal(unknown.code, 7);
    assert.match(problemOf(unknown).hint, /docker, local, production, staging/);
    const wrong = await stack.checkout.verbWith({ PULUMI_CONFIG_PASSPHRASE: "wrong" }, "up", "--stack", "local");
    stack.configure("");
    assert.equal(wrong.code, 7, wrong.stderr);
    assert.match(problemOf(wrong).error, /passphrase/);
    stack.configure("  landfall:postgresql: {\n");
    const broken = await stack.verb("up");
    stack.configure("");
    assert.equal(broken.code, 2, broken.stderr);
    assert.match(problemOf(broken).error, /Pulumi\.local\.yaml cannot be read as YAML: .* at line \d+/);
  });

  test("down --keep-data keeps it, and the next up takes it over", { skip }, async () => {
    const down = await stack.verb("down", "--keep-data");
    assert.equal(down.code, 0, down.stderr);
    assert.equal(existsSync(join(homeOf(stack.outputs), "data", "postgres", "PG_VERSION")), true);
    await stack.up();
    assert.deepEqual(await stack.ask("readonly", "SELECT name FROM item WHERE id = 1"), ["one"]);
    const backup = await stack.verb("backup", "--type", "diff", "--json");
    assert.equal(backup.code, 0, backup.stderr);
  });

  test("a port that somebody else has is one clear error, and up goes on once it is free", { skip }, async () => {
    const squatter = createServer().listen(0, "127.0.0.1").unref();
    await new Promise((resolve) => squatter.once("listening", resolve));
    const address = squatter.address();
    const port = typeof address === "object" && address ? address.port : 0;
    stack.configure(`  landfall:native:\n    ports: { database: ${port} }\n`);
    const refused = await stack.verb("up");
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(problemOf(refused).error, new RegExp(`port ${port}.*is in use`));
    assert.match(problemOf(refused).hint, /choose another port/);
    await new Promise((resolve) => squatter.close(resolve));
    await stack.up();
    assert.equal(stack.outputs.database.port, port);
    stack.configure("");
  });

  test("folders that have gone are made again, and the guard does not take that for another database", {
    skip,
  }, async () => {
    const [home, before] = [homeOf(stack.outputs), pidOf("postgres")];
    rmSync(join(home, "etc"), { recursive: true });
    stack.configure("  landfall:postgresql:\n    work_mem: 5MB\n");
    const { changes } = await stack.up();
    assert.deepEqual([changes.replace ?? 0, changes.delete ?? 0], [0, 0]);
    assert.equal(pidOf("postgres"), before, "the server went on running");
    assert.deepEqual(await stack.ask("app", "SHOW work_mem"), ["5MB"]);
    assert.deepEqual(await stack.ask("readonly", "SELECT name FROM item WHERE id = 1"), ["one"]);
  });

  test("up refuses a plan that would lose the database, and changes nothing; named, it goes through", {
    skip,
  }, async () => {
    const [home, before] = [homeOf(stack.outputs), pidOf("postgres")];
    const elsewhere = `${home}-elsewhere`;
    const file = stack.checkout.path(".landfall", ".pulumi", "stacks", "landfall", "local.json");
    const state = readFileSync(file, "utf8");
    stack.configure(`  landfall:native:\n    directory: ${elsewhere}\n`);
    const refused = await stack.verb("up");
    assert.equal(refused.code, 14, refused.stderr);
    const { error, hint } = problemOf(refused);
    assert.match(error, /ground-home \(the folder with the database's files\) would be .* empty, because of directory/);
    assert.match(error, /database-cluster \(the database's files\) would be deleted and made anew, empty/);
    assert.match(error, /backups-stanza \(the backup repository\) would be deleted and made anew, empty/);
    assert.match(hint, /npm run up -- --stack local( --allow-replace [a-z-]+){3}$/);
    assert.equal(readFileSync(file, "utf8"), state, "the state is as it was");
    assert.equal(pidOf("postgres"), before, "the server went on running");
    assert.equal(existsSync(elsewhere), false);
    assert.deepEqual(await stack.ask("readonly", "SELECT name FROM item WHERE id = 1"), ["one"]);

    const [, options = ""] = hint.split("--stack local ");
    const partly = await stack.verb("up", ...options.split(" ").slice(2));
    assert.equal(partly.code, 14, "naming some does not let the others go");
    const through = await stack.verb("up", "--json", ...options.split(" "));
    assert.equal(through.code, 0, through.stderr);
    stack.outputs = await stack.readOutputs();
    assert.equal(homeOf(stack.outputs), elsewhere);
    assert.equal(existsSync(home), false, "the old folder has gone, as was asked for");
    await assert.rejects(stack.ask("readonly", "SELECT name FROM item"), /relation "item" does not exist/);
  });
});
