import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../examples/lib/random.ts";

/** Customers, besides the rows that are asked for. */
const customers = 50_000;

/**
 * Writes the benchmark's file: `rows` orders of 9 columns (text key, integers, decimals, a boolean, JSON, dates, a text) and
 * 50,000 customers. About 230 bytes a row.
 */
export function generate(file: string, rows: number, seed = 42): void {
  rmSync(file, { force: true });
  const database = new DatabaseSync(file);
  const random = new Random(seed);
  const next = () => random.next();
  const whole = (limit: number) => Math.floor(next() * limit);
  database.exec(`
    PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN;
    CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, joined DATE NOT NULL);
    CREATE TABLE purchase (
      id TEXT PRIMARY KEY NOT NULL, customer_id INTEGER NOT NULL REFERENCES customer (id), quantity INTEGER NOT NULL,
      price DECIMAL(12,2) NOT NULL, discount REAL, paid BOOLEAN NOT NULL, details JSON NOT NULL,
      created_at DATETIME NOT NULL, note TEXT);
    CREATE INDEX purchase_customer ON purchase (customer_id);`);
  const day = (offset: number) => new Date(1_600_000_000_000 + offset * 86_400_000).toISOString().slice(0, 10);
  const customer = database.prepare("INSERT INTO customer VALUES (?, ?, ?, ?)");
  for (let i = 1; i <= customers; i++) {
    customer.run(i, `Customer ${i} of ${whole(1000)}`, `c${i}@example.org`, day(whole(1500)));
  }
  const purchase = database.prepare("INSERT INTO purchase VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const words = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split(" ");
  for (let i = 0; i < rows; i++) {
    const key = `${i.toString(36).padStart(6, "0")}${whole(2 ** 31)
      .toString(36)
      .padStart(6, "0")}${whole(2 ** 31)
      .toString(36)
      .padStart(6, "0")}`;
    const created = new Date(1_600_000_000_000 + whole(130_000_000) * 1000 + whole(1000)).toISOString();
    purchase.run(
      ...[key, 1 + whole(customers), 1 + whole(20), whole(100_000) / 100, whole(3) === 0 ? null : next()],
      ...[
        whole(2),
        `{"sku": "A-${whole(10_000)}", "tags": ["${words[whole(12)]}", "${words[whole(12)]}"], "gift": ${whole(2) === 1}}`,
      ],
      ...[
        created.replace("T", " ").slice(0, 23),
        whole(4) === 0 ? null : `${words[whole(12)]} ${words[whole(12)]} ${words[whole(12)]}`,
      ],
    );
  }
  database.exec("COMMIT");
  database.close();
}
