import { existsSync, readFileSync } from "node:fs";
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
   * Starts it, also where the one before was killed and still lies, and waits until it has recovered and been promoted.
   * @throws {Error} with PostgreSQL's own reason
   */
  async start(): Promise<void> {
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
