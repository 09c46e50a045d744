import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unprivilegedAccount } from "../../machine/account.ts";
import { temporaryFolder } from "../support/folder.ts";

const bootstrap = join(import.meta.dirname, "..", "..", "scripts", "bootstrap");
const account = unprivilegedAccount();

/** A project that has nothing but the bootstrap and one verb, which says a word of its own and one of a thread's. */
function newProject() {
  const folder = temporaryFolder(account);
  const path = (...parts: string[]) => join(folder, ...parts);
  cpSync(bootstrap, path("scripts", "bootstrap"), { recursive: true });
  mkdirSync(path("node_modules"));
  writeFileSync(path("package.json"), '{ "type": "module" }');
  writeFileSync(path("package-lock.json"), "{}");
  writeFileSync(path("node_modules", ".landfall-lock"), createHash("sha256").update("{}").digest("hex"));
  writeFileSync(path("scripts", "hello.mjs"), 'import "./bootstrap/here.mjs";\nawait import("./hello.ts");\n');
  const thread = `new Worker(new URL("./thread.ts", import.meta.url)).on("message", (text) => console.log(word, text));`;
  const write = (word: string) => {
    const declared = `const word: string = "${word}";\n`;
    writeFileSync(path("scripts", "hello.ts"), `import { Worker } from "node:worker_threads";\n${declared}${thread}\n`);
    const port = 'import { parentPort } from "node:worker_threads";\n';
    writeFileSync(path("scripts", "thread.ts"), `${port}${declared}parentPort?.postMessage(word);\n`);
  };
  const run = () => {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    const user = account ? { uid: account.uid, gid: account.gid } : {};
    const args = [path("scripts", "bootstrap", "run.mjs"), "hello"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env, ...user });
    return { said: stdout.trim(), errors: stderr };
  };
  const entries = () => globSync("**/*", { cwd: path(".landfall", "compile-cache"), withFileTypes: true });
  return { path, write, run, files: () => entries().filter((entry) => entry.isFile()) };
}

test("compiled code is kept from the first run on, and a changed file is compiled anew", () => {
  const { write, run, files } = newProject();
  write("one");
  assert.deepEqual(run(), { said: "one one", errors: "" });
  assert.ok(files().length >= 2, "neither the verb's code nor its thread's was kept");
  assert.deepEqual(run(), { said: "one one", errors: "" });
  write("two");
  assert.deepEqual(run(), { said: "two two", errors: "" });
});

test("what threads of the library run is compiled before the first verb begins, outside of its process", () => {
  const { path, write, run, files } = newProject();
  write("one");
  mkdirSync(path("scripts", "lib"));
  writeFileSync(path("scripts", "lib", "some-thread.ts"), "const size: number = workerData.size;\n");
  const before = "import { globSync } from 'node:fs';\n";
  const kept =
    "globSync('.landfall/compile-cache/**/*', { withFileTypes: true }).filter((entry) => entry.isFile()).length";
  writeFileSync(
    path("scripts", "hello.mjs"),
    `import "./bootstrap/here.mjs";\n${before}process.chdir(${JSON.stringify(path())});\nconsole.log(${kept} > 0 ? "kept" : "nothing");\n`,
  );
  assert.deepEqual(run(), { said: "kept", errors: "" });
  const once = files().length;
  assert.deepEqual(run(), { said: "kept", errors: "" });
  assert.equal(files().length, once);
});

test("a damaged entry is not used", () => {
  const { write, run, files } = newProject();
  write("one");
  run();
  for (const { parentPath, name } of files()) {
    const content = readFileSync(join(parentPath, name));
    writeFileSync(join(parentPath, name), content.fill(0x20, content.length >> 1));
  }
  assert.deepEqual(run(), { said: "one one", errors: "" });
});

test("where nothing can be kept, all works and nothing is said", () => {
  const { path, write, run, files } = newProject();
  write("one");
  mkdirSync(path(".landfall"));
  if (account) chownSync(path(".landfall"), 0, 0);
  chmodSync(path(".landfall"), 0o555);
  assert.deepEqual(run(), { said: "one one", errors: "" });
  assert.deepEqual(files(), []);
});
