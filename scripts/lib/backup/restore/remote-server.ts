import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { lastLines, run } from "../../../../machine/run.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import { requestMark, type ServerAnswer, type ServerRequest } from "../../stack/container-server.ts";
import { type StackServer, untilOpen } from "./server.ts";

/** The stack's server in a container of its own, which whoever runs this verb from outside stops and starts. */
export class RemoteServer implements StackServer {
  readonly daemon = null;
  readonly #place: LocalBackup;
  #lines: Interface | undefined;
  #hasEnded = false;

  constructor(place: LocalBackup) {
    this.#place = place;
  }

  async running(): Promise<boolean> {
    return this.#request("running");
  }

  async stop(): Promise<void> {
    await this.#request("stop");
  }

  async start(): Promise<void> {
    await this.#request("start").catch((error: Error) => {
      throw new Error(`the restored database did not recover: ${error.message}`, { cause: error });
    });
    await untilOpen(this, () => "its container ended; docker logs has its reason");
  }

  async ask(sql: string): Promise<string> {
    const { config, run: where } = this.#place;
    const setting = (name: string) =>
      readFileSync(config, "utf8").match(new RegExp(`^pg1-${name}=(.*)$`, "m"))?.[1] ?? "";
    const args = [
      "-XAtq",
      "-h",
      setting("socket-path"),
      "-p",
      setting("port"),
      "-U",
      "postgres",
      "-d",
      "postgres",
      "-c",
      sql,
    ];
    const result = await run(join(where.serverBin, "psql"), args, { timeoutMs: 60_000 });
    if (result.code !== 0) throw new Error(lastLines(result));
    return result.stdout.trim();
  }

  async #request(request: ServerRequest): Promise<boolean> {
    this.#lines ??= createInterface({ input: process.stdin }).once("close", () => {
      this.#hasEnded = true;
    });
    const lines = this.#lines;
    // An answer that was waited for then would never come.
    if (this.#hasEnded) throw ended();
    const answered = new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => reject(ended()));
    });
    process.stderr.write(`${requestMark}${request}\n`);
    const answer = JSON.parse(await answered) as ServerAnswer;
    if (!answer.ok) throw new Error(answer.reason);
    return answer.running;
  }
}

const ended = () => new Error("the command that stops and starts the container has ended");
