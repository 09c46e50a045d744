import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Moves 1 between two accounts in each transaction, so that their sum says whether a copy is of one moment. */
const program = `
  const { DatabaseSync } = require("node:sqlite");
  const { parentPort, workerData } = require("node:worker_threads");
  const database = new DatabaseSync(workerData, { timeout: 60000 });
  database.exec("PRAGMA synchronous = OFF");
  let going = true, moves = 0;
  parentPort.on("message", () => { going = false; });
  (function next() {
    if (!going) { database.close(); parentPort.postMessage(moves); return; }
    const from = ++moves % 2 ? "first" : "last";
    const to = moves % 2 ? "last" : "first";
    database.exec("BEGIN IMMEDIATE; UPDATE " + from + " SET balance = balance - 1; UPDATE " + to +
      " SET balance = balance + 1; INSERT INTO moves DEFAULT VALUES; COMMIT");
    if (moves === 1) parentPort.postMessage("writing");
    setImmediate(next);
  })();`;

/** What the writer expects; the filler puts pages between the two accounts. */
export const accountsSchema = `
  CREATE TABLE first(balance INTEGER); INSERT INTO first VALUES (1000);
  CREATE TABLE filler(x);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO filler SELECT randomblob(3000) FROM n;
  CREATE TABLE last(balance INTEGER); INSERT INTO last VALUES (1000);
  CREATE TABLE moves(id INTEGER PRIMARY KEY)`;

/** Writes to the file without a pause until `stop`, which tells how many transactions there were. */
export async function startWriting(file: string): Promise<{ stop: () => Promise<number> }> {
  const worker = new Worker(program, { eval: true, workerData: file });
  await once(worker, "message");
  return {
    async stop() {
      worker.postMessage("stop");
      const [moves] = await once(worker, "message");
      await worker.terminate();
      return moves as number;
    },
  };
}
