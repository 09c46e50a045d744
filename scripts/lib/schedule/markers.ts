import { readFileSync } from "node:fs";
import { parseStackOutputs } from "../../../infra/contract.ts";
import { pruneMarkers, writeMarker } from "../backup/marker.ts";
import { SwitchWatch } from "../backup/wal.ts";
import { messageOf } from "../cli/errors.ts";
import { Connection } from "../db/postgres/connection.ts";
import { databaseTarget } from "../stack/targets.ts";

const pruneEvery = 1000;

/**
 * Writes a marker row into the database every few seconds, over one connection that is opened again when it breaks, and has
 * the WAL that they are in sent off where the server is late with it: together they bound what a loss can take.
 */
export class MarkerWriter {
  /** When the last one was written; the start of the scheduler before the first, so that one that never comes is noticed. */
  last: Date | null;
  readonly #outputs: string;
  readonly #intervalMs: number;
  readonly #say: (text: string) => void;
  readonly #switches = new SwitchWatch();
  #connection: Connection | undefined;
  #next = 0;
  #written = 0;
  #failing = false;

  /** @param intervalMs 0 for none @param outputs file with the stack's outputs */
  constructor(outputs: string, intervalMs: number, say: (text: string) => void) {
    this.#outputs = outputs;
    this.#intervalMs = intervalMs;
    this.#say = say;
    this.last = intervalMs > 0 ? new Date() : null;
  }

  /** Writes one if it is time; never throws: the database may be down, and that is others' affair. */
  async writeDue(now: Date): Promise<void> {
    if (this.#intervalMs === 0 || now.getTime() < this.#next) return;
    this.#next = now.getTime() + this.#intervalMs;
    try {
      const outputs = parseStackOutputs(JSON.parse(readFileSync(this.#outputs, "utf8")));
      this.#connection ??= await Connection.open(databaseTarget(outputs, "migrator"), "landfall scheduler");
      await writeMarker(this.#connection);
      // RDS sends its WAL off by itself, every five minutes, and lets nobody else do it.
      if (outputs.backup.kind === "pgbackrest") await this.#switches.look(this.#connection, now);
      const days = outputs.backup.retention.days + 1;
      if (this.#written++ % pruneEvery === 0) await pruneMarkers(this.#connection, days);
      this.last = now;
      if (this.#failing) this.#say("markers are written again");
      this.#failing = false;
    } catch (error) {
      await this.close();
      if (!this.#failing) this.#say(`a marker could not be written: ${messageOf(error)}`);
      this.#failing = true;
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}
