import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { provider as file } from "../../infra/providers/file.ts";
import { provider as home } from "../../infra/providers/home.ts";
import { provider as password } from "../../infra/providers/password.ts";
import { provider as ports } from "../../infra/providers/ports.ts";
import { compare } from "../../infra/providers/provider.ts";
import { provider as stanza } from "../../infra/providers/stanza.ts";
import { unprivilegedAccount } from "../../machine/account.ts";
import { temporaryFolder } from "../support/folder.ts";

const account = unprivilegedAccount();
const folder = temporaryFolder();

test("a password is made once, and again only for another generation", async () => {
  const { id, outputs } = await password.create({ generation: 1 });
  assert.match(outputs.value, /^[\w-]{32}$/);
  assert.equal((await password.diff(id, outputs, { generation: 1 })).changes, false);
  assert.equal((await password.diff(id, outputs, { generation: 2 })).changes, true);
  assert.notEqual((await password.update(id, outputs, { generation: 2 })).value, outputs.value);
});

test("a configuration file is written whole, private, and put right when somebody edits it", async () => {
  const inputs = { path: join(folder, "a.conf"), content: "x = 1\n", account, mode: "0600" };
  const { id, outputs } = await file.create(inputs);
  assert.equal(readFileSync(inputs.path, "utf8"), "x = 1\n");
  assert.equal(statSync(inputs.path).mode & 0o777, 0o600);
  assert.equal((await file.diff(id, outputs, inputs)).changes, false);
  writeFileSync(inputs.path, "x = 2\n");
  assert.equal((await file.diff(id, outputs, inputs)).changes, true);
  await file.update(id, outputs, inputs);
  assert.equal(readFileSync(inputs.path, "utf8"), "x = 1\n");
  await file.delete(id, outputs);
  assert.equal(existsSync(inputs.path), false);
});

const listen = (port: number) =>
  new Promise<{ port: number; close: () => void }>((resolve) => {
    const server = createServer().listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" && address ? address.port : 0, close: () => server.close() });
    });
  });

test("a port in use is passed over where one is wanted, and an error where it is named", async () => {
  const taken = await listen(0);
  try {
    const { outputs } = await ports.create({ wanted: { database: taken.port }, fixed: {} });
    assert.ok((outputs.chosen.database ?? 0) > taken.port);
    await assert.rejects(ports.create({ wanted: {}, fixed: { database: taken.port } }), {
      message: new RegExp(`port ${taken.port}, which the configuration names for database, is in use`),
      hint: /choose another port/,
    });
  } finally {
    taken.close();
  }
});

test("ports are chosen once: they stay while our own servers listen on them", async () => {
  const { id, outputs } = await ports.create({ wanted: { a: 21_000, b: 21_000 }, fixed: {} });
  assert.notEqual(outputs.chosen.a, outputs.chosen.b);
  const ours = await listen(outputs.chosen.a ?? 0);
  try {
    const news = { wanted: { a: 21_000, b: 21_000, c: 21_000 }, fixed: {} };
    assert.equal((await ports.diff(id, outputs, news)).changes, true);
    const updated = await ports.update(id, outputs, news);
    assert.equal(updated.chosen.a, outputs.chosen.a);
    assert.equal(updated.chosen.b, outputs.chosen.b);
    assert.ok(updated.chosen.c);
  } finally {
    ours.close();
  }
});

test("a stack's home refuses a folder that holds something else, and deletes only its own", async () => {
  const directory = join(folder, "home");
  const inputs = { project: "landfall", stack: "test", directory };
  const { id, outputs } = await home.create(inputs);
  assert.equal(statSync(outputs.etc).mode & 0o777, 0o700);
  if (account) assert.equal(statSync(outputs.data).uid, account.uid);
  assert.equal((await home.diff(id, outputs, inputs)).changes, false);
  await home.create(inputs);
  await assert.rejects(home.create({ ...inputs, stack: "other" }), /does not belong to the stack other/);
  await home.delete(id, { ...outputs, stack: "other" });
  assert.ok(existsSync(directory), "another stack's folder must not be deleted");
  await home.delete(id, outputs);
  assert.equal(existsSync(directory), false);
});

test("where a home is can be told before it is made, and it stays there when its folders are made again", async () => {
  const directory = join(folder, "foreseen");
  const inputs = { project: "landfall", stack: "test", directory };
  const foreseen = await home.foresee?.({}, inputs);
  const { id, outputs } = await home.create({ ...inputs, ...foreseen });
  assert.deepEqual(outputs, foreseen);
  const chosen = { ...inputs, directory: null };
  const olds = { ...outputs, directory: null };
  assert.deepEqual(await home.foresee?.(olds, chosen), olds, "a chosen folder is remembered");
  assert.equal((await home.diff(id, olds, { ...chosen, ...olds })).changes, false);
  rmSync(outputs.etc, { recursive: true });
  const difference = await home.diff(id, olds, chosen);
  assert.deepEqual([difference.changes, difference.replaces], [true, []]);
  const updated = await home.update(id, olds, chosen);
  assert.deepEqual(updated, olds);
  assert.equal((await home.diff(id, updated, chosen)).changes, false);
  await home.delete(id, outputs);
});

test("another version of a provider is no change of what it has made", () => {
  const olds = { port: 1, __provider: "function before" };
  assert.equal(compare(olds, { port: 1, __provider: "function after" }).changes, false);
  assert.equal(compare(olds, { port: 2, __provider: "function before" }).changes, true);
});

test("a stanza of before second repositories is the same stanza", async () => {
  const inputs = {
    pgbackrest: "pgbackrest",
    config: "pgbackrest.conf",
    stanza: "main",
    place: { how: "container" as const, container: "none" },
    systemIdentifier: "1",
    configHash: "2",
  };
  const today = { ...inputs, repositories: ["/backups"] };
  const before = { ...inputs, repository: "/backups" } as unknown as typeof today;
  assert.deepEqual((await stanza.diff("main", before, today)).replaces, []);
  const moved = await stanza.diff("main", before, { ...today, repositories: ["/elsewhere"] });
  assert.deepEqual(moved.replaces, ["repositories"]);
});

test("a socket folder stays short, however deep the home lies", async () => {
  const directory = join(folder, "x".repeat(60), "y".repeat(60));
  const { id, outputs } = await home.create({ project: "landfall", stack: "deep", directory });
  assert.ok(outputs.run.length <= 80, outputs.run);
  await home.delete(id, outputs);
});
