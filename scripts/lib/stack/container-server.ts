import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, run } from "../../../machine/run.ts";
import { messageOf } from "../cli/errors.ts";

/**
 * A verb that runs inside a container has no say over the containers beside it. What it wants of the database's it asks of the
 * process that runs it from outside: one line on standard error, answered by one line of JSON on standard input.
 */
export const requestMark = "\u001elandfall server: ";
export const requests = ["stop", "start", "running"] as const;
export type ServerRequest = (typeof requests)[number];
export type ServerAnswer = { ok: true; running: boolean } | { ok: false; reason: string };

/** Tells a verb that somebody answers such requests. */
export const controlVariable = "LANDFALL_SERVER_CONTROL";

/** Passes on what the child says, and answers what it asks of the container. */
export function answerRequests(child: ChildProcess, container: string): void {
  const server = new ContainerServer(container);
  let rest = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith(requestMark)) process.stderr.write(`${line}\n`);
      else
        void server
          .answer(line.slice(requestMark.length))
          .then((answer) => child.stdin?.write(`${JSON.stringify(answer)}\n`));
    }
  });
  child.stderr?.on("end", () => process.stderr.write(rest));
  // It may end before it has read an answer.
  child.stdin?.on("error", () => {});
}

/** The database's container, as a restore in place stops and starts it. */
class ContainerServer {
  readonly #container: string;
  #restarts = "0";

  constructor(container: string) {
    this.#container = container;
  }

  async answer(request: string): Promise<ServerAnswer> {
    try {
      if (request === "stop") await this.#stop();
      if (request === "start") await this.#start();
      return { ok: true, running: await this.#isRunning() };
    } catch (error) {
      return { ok: false, reason: messageOf(error) };
    }
  }

  async #stop(): Promise<void> {
    // A fast shutdown writes a checkpoint first.
    await docker(["stop", "--time", "120", this.#container]);
  }

  /** Waits until PostgreSQL takes connections, which it does while it still recovers; however long that takes. */
  async #start(): Promise<void> {
    const since = new Date().toISOString();
    await docker(["start", this.#container]);
    this.#restarts = (await this.#inspect()).restarts;
    for (;;) {
      const { health } = await this.#inspect();
      if (health === "healthy") return;
      if (!(await this.#isRunning())) {
        // Docker would go on starting it, again and again.
        await this.#stop();
        throw new Error(await this.#reason(since));
      }
      await sleep(250);
    }
  }

  /** Whether it runs, and is not one that Docker has started again after it died. */
  async #isRunning(): Promise<boolean> {
    const { status, restarts } = await this.#inspect();
    return status === "running" && restarts === this.#restarts;
  }

  async #inspect(): Promise<{ status: string; restarts: string; health: string }> {
    const format = "{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}";
    const [status = "", restarts = "", health = ""] = (
      await docker(["inspect", "--format", format, this.#container])
    ).split(" ");
    return { status, restarts, health };
  }

  async #reason(since: string): Promise<string> {
    const { stdout, stderr } = await run("docker", ["logs", "--since", since, this.#container]);
    const lines = `${stdout}${stderr}`.trim().split("\n");
    const fatal = lines.filter((line) => /FATAL|PANIC|ERROR/.test(line));
    return (fatal.length > 0 ? fatal : lines).slice(-2).join("; ");
  }
}

async function docker(args: string[]): Promise<string> {
  const result = await run("docker", args, { timeoutMs: 180_000 });
  if (result.code === 0) return result.stdout.trim();
  throw new Error(`docker ${args[0]} failed: ${lastLines(result)}`);
}
