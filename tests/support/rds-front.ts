import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { RdsCopies } from "./rds-copies.ts";

/**
 * Stands before moto as RDS's API, for verbs that run in processes of their own: what an instance that was restored to a moment
 * answers to is a real server, recovered to that moment.
 */
export class RdsFront {
  readonly #moto: string;
  readonly #copies: RdsCopies;
  readonly #database: string;
  /** Copies stay in the making for so long as this is set: a drill of them is in the middle. */
  holds = false;
  /** Copies of which somebody was told so. */
  readonly held = new Set<string>();
  readonly #ports = new Map<string, Promise<number>>();
  readonly #server = createServer((request, response) => {
    this.#answer(request).then(
      ({ status, type, text }) => response.writeHead(status, { "content-type": type }).end(text),
      (error) => response.writeHead(500).end(String(error)),
    );
  });

  constructor(moto: string, copies: RdsCopies, database: string) {
    this.#moto = moto;
    this.#copies = copies;
    this.#database = database;
  }

  /** @returns its address */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; type: string; text: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const asked = new URLSearchParams(body);
    const headers = {
      authorization: request.headers.authorization ?? "",
      "content-type": "application/x-www-form-urlencoded",
    };
    const answer = await fetch(this.#moto, { method: "POST", headers, body });
    if (answer.ok && asked.get("Action") === "RestoreDBInstanceToPointInTime") {
      const [name, time] = [asked.get("TargetDBInstanceIdentifier") ?? "", new Date(asked.get("RestoreTime") ?? "")];
      this.#ports.set(name, this.#copies.recover(time, this.#database));
    }
    const text = await this.#atHome(await answer.text());
    return { status: answer.status, type: answer.headers.get("content-type") ?? "text/xml", text };
  }

  /** Puts the copies' real addresses in the place of those that moto makes up. */
  async #atHome(text: string): Promise<string> {
    const parts = text.split(/(?=<DBInstance>)/);
    const mended = parts.map(async (part) => {
      const name = part.match(/<DBInstanceIdentifier>([^<]+)/)?.[1] ?? "";
      const port = await this.#ports.get(name);
      if (port === undefined) return part;
      if (this.holds) this.held.add(name);
      const state = this.holds ? part.replace("<DBInstanceStatus>available<", "<DBInstanceStatus>creating<") : part;
      return state.replace(
        /<Endpoint>.*?<\/Endpoint>/s,
        `<Endpoint><Address>127.0.0.1</Address><Port>${port}</Port></Endpoint>`,
      );
    });
    return (await Promise.all(mended)).join("");
  }
}
