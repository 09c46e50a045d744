import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, keep, pidOf, release } from "../../../../machine/daemon.ts";
import { lastLines, run } from "../../../../machine/run.ts";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { reasonFrom } from "../../drill/copy.ts";

/** The stack's server, as a restore in place has to stop and start it. */
export interface StackServer {
  /** What it is kept running by; null where that is not this machine's affair. */
  readonly daemon: Daemon | null;
  running(): Promise<boolean>;
  /** Stops it, and has nobody start it again. */
  stop(): Promise<void>;
  /**
   * Starts it, and waits until it has recovered and been promoted.
   * @throws {Error} with PostgreSQL's own reason
   */
  start(): Promise<void>;
  /** Asks it as superuser over its socket: passwords may be those of another time. One value comes back. */
  ask(sql: string): Promise<string>;
}

/** A server that is a process of this machine. */
export class OwnServer implements StackServer {
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
        "npm run up, and the same command again; or restore --beside",
      );
    }
    if (existsSync(file)) return new OwnServer(JSON.parse(readFileSync(file, "utf8")) as Daemon);
    if (remembered) return new OwnServer(remembered);
    throw new LandfallError("backup", "the stack's server is not set up on this machine", "npm run up first");
  }

  async running(): Promise<boolean> {
    return pidOf(this.daemon) !== undefined;
  }

  stop(): Promise<void> {
    return release(this.daemon);
  }

  /** Also where the one before was killed and still lies. */
  async start(): Promise<void> {
    try {
      await keep(this.daemon);
    } catch (error) {
      throw new Error(`the restored database did not recover: ${reasonFrom(this.daemon.log)}`, { cause: error });
    }
    await untilOpen(this, () => reasonFrom(this.daemon.log));
  }

  async ask(sql: string): Promise<string> {
    const { ready, account } = this.daemon;
    if (ready.how !== "command") throw new Error("the server has no command to ask it by");
    const result = await run(ready.program, [...ready.args.slice(0, -1), sql], { account, timeoutMs: 60_000 });
    if (result.code !== 0) throw new Error(lastLines(result));
    return result.stdout.trim();
  }
}

/** Waits until a server that was started has left recovery. @param reason why it has ended, where it has */
export async function untilOpen(server: StackServer, reason: () => string): Promise<void> {
  for (;;) {
    const answer = await server.ask("SELECT pg_is_in_recovery()").catch((error: unknown) => messageOf(error));
    if (answer === "f") return;
    if (!(await server.running())) throw new Error(`the restored database did not recover: ${reason()}`);
    await sleep(100);
  }
}
