import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pidOf, start } from "../../machine/daemon.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { createSchema } from "../../scripts/lib/migrate/schema/create.ts";
import { inputOf } from "../migrate/load/fixture.ts";
import { killHard } from "../support/kill.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { startProxy, type TcpProxy } from "./proxy.ts";
import { chunkRows, makePlanOf, makeSource, quarantineFile, stateOf } from "./source.ts";

/** Kills of each kind: a few here, `npm run kill-sweep` for many. */
const points = Number(process.env.LANDFALL_KILL_POINTS ?? 6);

let postgres: TestPostgres;
let proxy: TcpProxy;
/** What a move that nothing disturbs leaves behind, and how long it takes. */
let undisturbed: { state: unknown; quarantine: string; durationMs: number };
const file = makeSource();
const plan = makePlanOf();

describe("a move that is killed goes on where it was and ends as if nothing had been", { skip: noPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
    proxy = await startProxy({ host: "127.0.0.1", port: postgres.superuser("").port });
    const move = await newMove((target) => target);
    const started = Date.now();
    assert.equal((await move.run().ended).code, 0);
    undisturbed = {
      state: await stateOf(move.target),
      quarantine: move.quarantine(),
      durationMs: Date.now() - started,
    };
  });
  after(async () => {
    proxy.close();
    await postgres.stop();
  });

  test(`the loader, at ${points} points`, (context) =>
    sweep(context, async ({ child }) => {
      killHard(child.pid ?? 0);
    }));

  test(`PostgreSQL, at ${points} points`, (context) =>
    sweep(context, async ({ ended }) => {
      killHard(pidOf(postgres.daemon) ?? 0);
      await ended;
      await restart();
    }));

  test(`the network, at ${points} points`, (context) =>
    sweep(
      context,
      async ({ ended }) => {
        proxy.cut();
        await ended;
      },
      (target) => ({ ...target, host: "127.0.0.1", port: proxy.port }),
    ));

  test("Ctrl-C ends it cleanly, with the exit code that says so", async () => {
    const move = await newMove((target) => target);
    const { child, ended } = move.run();
    await sleep(undisturbed.durationMs * 0.5);
    child.kill("SIGINT");
    const { code, errors } = await ended;
    // Past the load there is nothing to end cleanly: the signal ends the process then, or comes too late.
    assert.ok(code === 130 || code === null || code === 0, `${code}: ${errors}`);
    assert.equal((await move.run().ended).code, 0);
    assert.deepEqual(await stateOf(move.target), undisturbed.state);
  });
});

interface Running {
  child: ChildProcess;
  ended: Promise<{ code: number | null; errors: string }>;
}

/** Kills moves at random moments until there were enough, and looks at each move's result once it got through. */
async function sweep(
  context: { diagnostic: (text: string) => void },
  kill: (running: Running) => Promise<void>,
  route: (target: Target) => Target = (target) => target,
): Promise<void> {
  let kills = 0;
  let moves = 0;
  while (kills < points) {
    const move = await newMove(route);
    for (let done = false; !done; ) {
      const running = move.run();
      if (kills < points && (await isAliveAfter(running, Math.random() * undisturbed.durationMs))) {
        kills++;
        await kill(running);
      }
      const { code, errors } = await running.ended;
      // 5: the target went away. 0 also where the kill came after the last commit.
      assert.ok(code === 0 || code === 5 || code === null, errors);
      done = code === 0;
    }
    moves++;
    assert.deepEqual(await stateOf(move.target), undisturbed.state);
    assert.equal(move.quarantine(), undisturbed.quarantine);
  }
  context.diagnostic(`${kills} kills over ${moves} moves, every one ended equal`);
}

const isAliveAfter = async ({ ended }: Running, ms: number) =>
  (await Promise.race([ended.then(() => "ended"), sleep(ms, "alive")])) === "alive";

let made = 0;

/**
 * A database with empty tables, and what runs a move into it, as often as it takes: by turns with two threads of two
 * connections, and with two connections in the main thread.
 */
async function newMove(route: (target: Target) => Target) {
  const database = `k_${randomBytes(5).toString("hex")}`;
  await withConnection(postgres.superuser("postgres"), (connection) =>
    connection.query(`CREATE DATABASE ${database} OWNER owner`),
  );
  const target: Target = { ...postgres.superuser(database), user: "migrator", role: "owner" };
  await withConnection(target, (connection) => createSchema(connection, plan, "0123456789abcdef"));
  const input = { ...inputOf(file, plan, route(target)), chunkRows, workers: made++ % 2 === 0 ? 4 : 2 };
  const job = join(input.folder, "job.json");
  writeFileSync(job, JSON.stringify(input));
  return {
    target,
    quarantine: () => readFileSync(quarantineFile(input.folder), "utf8"),
    run(): Running {
      const child = spawn(process.execPath, [join(import.meta.dirname, "move.ts"), job], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let errors = "";
      child.stderr.on("data", (data) => {
        errors += data;
      });
      return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, errors }))) };
    },
  };
}

/** Its backends end a moment after their postmaster, and until then no other starts. */
async function restart(): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await start(postgres.daemon);
      return;
    } catch (error) {
      if (tries >= 50) throw error;
      await sleep(200);
    }
  }
}
