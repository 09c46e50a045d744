import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "../../machine/run.ts";
import { exitCodes } from "../../scripts/lib/cli/exit-codes.ts";
import { Connection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { Checkout, problemOf } from "../support/checkout.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { manyRows, sqliteFile } from "../support/sqlite.ts";

// What people really hand over at night. Each must end with one Error: and one Try: line, its own exit code, and nothing that
// a second run cannot finish.
const skip = noPostgres;
const folder = temporaryFolder();
const checkout = new Checkout();
const postgres: TestPostgres | null = skip ? null : await startPostgres();
after(async () => {
  await postgres?.stop();
  checkout.remove();
});

const urlOf = (target: Target) =>
  `postgresql://${target.user}@/${target.database}?host=${target.host}&port=${target.port}&role=${target.role}`;
const fresh = async () => (postgres as TestPostgres).freshDatabase();
const migrate = (file: string, target: Target, ...more: string[]) =>
  checkout.verb("migrate", "--sqlite", file, "--target", urlOf(target), ...more);

async function tablesOf(target: Target): Promise<number> {
  const connection = await Connection.open(target);
  try {
    const { tables } = await connection.one<{ tables: string }>(
      "SELECT count(*)::text AS tables FROM pg_tables WHERE schemaname = 'public'",
    );
    return Number(tables);
  } finally {
    await connection.close();
  }
}

const good = sqliteFile(join(folder, "good.sqlite"), manyRows(20_000));

const badSources: Record<string, () => string> = {
  "a file that is not there": () => join(folder, "nowhere.sqlite"),
  "a folder": () => {
    mkdirSync(join(folder, "folder.sqlite"));
    return join(folder, "folder.sqlite");
  },
  "an empty file": () => {
    writeFileSync(join(folder, "empty.sqlite"), "");
    return join(folder, "empty.sqlite");
  },
  "a file that is something else": () => {
    writeFileSync(join(folder, "letter.sqlite"), "Dear database,\n".repeat(500));
    return join(folder, "letter.sqlite");
  },
  "an encrypted file": () => {
    // What an encrypting SQLite leaves: whole pages without any header.
    const file = join(folder, "encrypted.sqlite");
    const bytes = Buffer.alloc(16_384);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2654435761) >>> 24;
    writeFileSync(file, bytes);
    return file;
  },
  "a truncated file": () => {
    const file = join(folder, "truncated.sqlite");
    writeFileSync(file, readFileSync(good));
    truncateSync(file, 3 * 4096 + 100);
    return file;
  },
  "a file with a damaged page": () => {
    const file = join(folder, "damaged.sqlite");
    writeFileSync(file, readFileSync(good));
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, 5 * 4096);
    closeSync(descriptor);
    return file;
  },
};

for (const [name, make] of Object.entries(badSources)) {
  test(`${name} is refused with its cause, and nothing is made`, { skip }, async () => {
    const target = await fresh();
    const result = await migrate(make(), target);
    assert.equal(result.code, exitCodes.source.code, result.stderr);
    problemOf(result);
    assert.equal(await tablesOf(target), 0);
  });
}

test("a target that cannot be reached, and a URL that is none", { skip }, async () => {
  const unreachable = await checkout.verb("migrate", "--sqlite", good, "--target", "postgresql://x@127.0.0.1:1/x");
  assert.equal(unreachable.code, exitCodes.target.code, unreachable.stderr);
  assert.match(problemOf(unreachable).error, /nothing listens there/);
  const wrong = await checkout.verb("migrate", "--sqlite", good, "--target", "mysql://x/y");
  assert.equal(wrong.code, exitCodes.usage.code);
  problemOf(wrong);
});

test("no --sqlite, an unknown option, a mapping with mistakes", { skip }, async () => {
  for (const args of [["migrate"], ["migrate", "--sqlite", good, "--unknown"]] as const) {
    const [name, ...more] = args;
    const result = await checkout.verb(name, ...more);
    assert.equal(result.code, exitCodes.usage.code, result.stderr);
    problemOf(result);
  }
  const mapping = join(folder, "mapping.yaml");
  writeFileSync(mapping, "tables:\n  sale:\n    columns:\n      nothing: { type: text }\n");
  const result = await migrate(good, await fresh(), "--mapping", mapping);
  assert.equal(result.code, exitCodes.usage.code, result.stderr);
  assert.match(problemOf(result).error, /nothing/);
});

test("a target that holds something is refused, and what it holds stays", { skip }, async () => {
  const target = await fresh();
  const connection = await Connection.open(target);
  await connection.query("CREATE TABLE sale (id int); INSERT INTO sale VALUES (7)");
  const result = await migrate(good, target);
  assert.notEqual(result.code, 0);
  assert.match(problemOf(result).error, /sale/);
  assert.deepEqual(await connection.query("SELECT id FROM sale"), [{ id: 7 }]);
  await connection.close();
});

test("a server that is killed in the middle: one clear error, and the same command ends it", { skip }, async () => {
  const target = await fresh();
  const big = sqliteFile(join(folder, "big.sqlite"), manyRows(600_000));
  const { start, pidOf } = await import("../../machine/daemon.ts");
  const { killHard } = await import("../support/kill.ts");
  const { daemon } = postgres as TestPostgres;
  const first = migrate(big, target);
  const watcher = await untilRowsArrive(target);
  watcher.close().catch(() => {});
  killHard(pidOf(daemon) ?? 0);
  const broken = await first;
  assert.equal(broken.code, exitCodes.target.code, broken.stderr);
  problemOf(broken);
  await start(daemon);
  const second = await migrate(big, target, "--json");
  assert.equal(second.code, 0, second.stderr);
  assert.equal(JSON.parse(second.stdout).verify.rows, 600_000);
});

test("two migrations of one file at once: the second is refused, the first goes on", { skip }, async () => {
  const target = await fresh();
  const big = join(folder, "big.sqlite");
  const first = migrate(big, target, "--json");
  const holder = await untilRowsArrive(target);
  // Granted once the rows at hand are in: the first run stands still then, however quick the machine is.
  await holder.queryRaw("BEGIN; LOCK TABLE sale IN ACCESS EXCLUSIVE MODE");
  const second = await migrate(big, target);
  await holder.queryRaw("COMMIT");
  await holder.close();
  assert.equal(second.code, exitCodes.busy.code, second.stderr);
  problemOf(second);
  assert.equal((await first).code, 0);
});

/** Waits for the COPY to be at work. @returns a connection of the superuser's to that database */
async function untilRowsArrive(target: Target): Promise<Connection> {
  const watcher = await Connection.open((postgres as TestPostgres).superuser(target.database));
  watcher.client.on("error", () => {});
  for (let tries = 0; tries < 3000; tries++) {
    const [row] = await watcher.query<{ tuples: string }>(
      "SELECT max(tuples_processed)::text AS tuples FROM pg_stat_progress_copy",
    );
    if (Number(row?.tuples ?? 0) > 1000) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return watcher;
}

const mountable = process.getuid?.() === 0 && process.platform === "linux";
const noMount = skip || (mountable ? false : "only root on Linux can make a file system that is full");

test("no disk space for the snapshot: said before the target is touched, and well once there is", {
  skip: noMount,
}, async () => {
  const target = await fresh();
  const small = checkout.path(".landfall", "runs");
  mkdirSync(small, { recursive: true });
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", small]);
  if (mounted.code !== 0) return void console.log(`skipped: no tmpfs can be mounted here: ${mounted.stderr.trim()}`);
  try {
    const result = await migrate(good, target);
    assert.equal(result.code, exitCodes.machine.code, result.stderr);
    assert.match(problemOf(result).error, /kB free, and the copy/);
    assert.equal(await tablesOf(target), 0);
  } finally {
    await run("umount", [small]);
  }
  assert.equal((await migrate(good, target)).code, 0);
});
