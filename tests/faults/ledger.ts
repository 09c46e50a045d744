import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/**
 * Clients that write through the pooler as fast as they are answered, and a ledger of what they were told is committed, kept
 * outside the database: one line for each acknowledged row, with the time of the acknowledgement.
 */
export class Writers {
  readonly #file: string;
  readonly #config: pg.ClientConfig;
  readonly #name: string;
  #running = true;
  #done: Promise<void>[] = [];
  acknowledged = 0;
  /** Writes whose answer never came: they may be there or not. */
  unanswered = 0;

  constructor(file: string, config: pg.ClientConfig, name: string) {
    this.#file = file;
    this.#config = config;
    this.#name = name;
    writeFileSync(file, "");
  }

  start(clients: number): void {
    this.#done = Array.from({ length: clients }, (_, i) => this.#write(i));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#done);
  }

  async #write(writer: number): Promise<void> {
    let client: pg.Client | undefined;
    for (let number = 0; this.#running; ) {
      try {
        client ??= await connect(this.#config);
        await client.query("INSERT INTO written (run, writer, number) VALUES ($1, $2, $3)", [
          this.#name,
          writer,
          number,
        ]);
        appendFileSync(this.#file, `${Date.now()} ${this.#name} ${writer} ${number}\n`);
        this.acknowledged++;
        number++;
      } catch (error) {
        // A duplicate is a write whose answer was lost, done before: it counts as unanswered.
        this.unanswered++;
        if ((error as { code?: string }).code === "23505") number++;
        else {
          await client?.end().catch(() => {});
          client = undefined;
          await sleep(20);
        }
      }
    }
    await client?.end().catch(() => {});
  }
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A row that was acknowledged, and when (milliseconds since 1970). */
export interface Entry {
  at: number;
  key: string;
}

export function readLedger(file: string): Entry[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [at = "", ...key] = line.split(" ");
    return { at: Number(at), key: key.join(" ") };
  });
}

export interface Figures {
  acknowledged: number;
  recovered: number;
  /** Acknowledged after the last moment that is promised to be archived. */
  lostWithinBound: number;
  /** Must be 0. */
  lostBeyondBound: number;
}

/** @param promised milliseconds since 1970: everything acknowledged before has to be there */
export function countFigures(ledger: Entry[], found: Set<string>, promised: number): Figures {
  const lost = ledger.filter(({ key }) => !found.has(key));
  const beyond = lost.filter(({ at }) => at < promised).length;
  return {
    acknowledged: ledger.length,
    recovered: ledger.length - lost.length,
    lostWithinBound: lost.length - beyond,
    lostBeyondBound: beyond,
  };
}
