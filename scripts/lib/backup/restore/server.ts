import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, keep, pidOf, release } from "../../../../machine/daemon.ts";
import { lastLines, run } from "../../../../machine/run.ts";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { reasonFrom } from "../../drill/copy.ts";

/** The stack's own server, as a restore in place has to stop and start it. */
export class OwnServer {
  readonly daemon: Daemon;

  constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  /**
   * Finds it by the file that it is kept running by, or, where that file is gone because a restore was killed, by what that
   * restore wrote down.
   * @throws {LandfallError} where it cannot be started and stopped from here
   */
  static find(file: string | null, remembered: Daemon | undefined): OwnServer {
    if (file === null) {
      throw new LandfallError(
        "backup",
        "this stack's server cannot be stopped from here, and a restore in place has to",
        "restore --beside, and switch the application over to the copy",
      );
    }
    if (existsSync(file)) return new OwnServer(JSON.parse(readFileSync(file, "utf8")) as Daemon);
    if (remembered) return new OwnServer(remembered);
    throw new LandfallError("backup", "the stack's server is not set up on this machine", "npm run up first");
  }

  get running(): boolean {
    return pidOf(this.daemon) !== undefined;
  }

  /** Stops it, and has nobody start it again. */
  stop(): Promise<void> {
    return release(this.daemon);
  }

  /**
   * Starts it and waits until it has recovered and been promoted.
   * @throws {Error} with PostgreSQL's own reason
   */
  async start(): Promise<void> {
    removeLockOfTheDead(this.daemon);
    try {
      await keep(this.daemon);
    } catch (error) {
      throw new Error(`the restored database did not recover: ${reasonFrom(this.daemon.log)}`, { cause: error });
    }
    for (;;) {
      const answer = await this.ask("SELECT pg_is_in_recovery()").catch((error: unknown) => messageOf(error));
      if (answer === "f") return;
      if (!this.running) throw new Error(`the restored database did not recover: ${reasonFrom(this.daemon.log)}`);
      await sleep(100);
    }
  }

  /** Asks it as superuser over its socket: passwords may be those of another time. One value comes back. */
  async ask(sql: string): Promise<string> {
    const { ready, account } = this.daemon;
    if (ready.how !== "command") throw new Error("the server has no command to ask it by");
    const result = await run(ready.program, [...ready.args.slice(0, -1), sql], { account, timeoutMs: 60_000 });
    if (result.code !== 0) throw new Error(lastLines(result));
    return result.stdout.trim();
  }
}

/**
 * A server that was killed leaves its socket's lock behind. PostgreSQL takes it for held while any process has that number, also
 * one that is dead and that nobody has asked about yet, as happens in containers without an init.
 */
function removeLockOfTheDead({ ready }: Daemon): void {
  if (ready.how !== "command") return;
  const after = (flag: string) => ready.args[ready.args.indexOf(flag) + 1] ?? "";
  const socket = join(after("-h"), `.s.PGSQL.${after("-p")}`);
  if (!existsSync(`${socket}.lock`)) return;
  if (!isZombie(Number.parseInt(readFileSync(`${socket}.lock`, "utf8"), 10))) return;
  for (const file of [`${socket}.lock`, socket]) rmSync(file, { force: true });
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Gone altogether, which PostgreSQL finds out itself; or no /proc (macOS), where the system's init does not let them lie.
    return false;
  }
}
