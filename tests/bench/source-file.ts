import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../examples/lib/random.ts";

const schema = `
  CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, created_at TEXT NOT NULL);
  CREATE TABLE orders(
    id TEXT PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers(id),
    quantity INTEGER NOT NULL,
    total DECIMAL(10, 2) NOT NULL,
    discount REAL,
    paid BOOLEAN NOT NULL DEFAULT 0,
    meta TEXT,
    ordered_at TEXT NOT NULL,
    updated_at INTEGER NOT NULL);
  CREATE INDEX orders_customer ON orders(customer_id)`;

/** Writes the file that the benchmarks read: `rows` orders of 9 columns and 50,000 customers; about 230 MB a million rows. */
export function makeBenchSource(file: string, rows: number, seed = 1): void {
  rmSync(file, { force: true });
  const random = new Random(seed);
  const whole = (below: number) => random.whole(0, below - 1);
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; ${schema}; BEGIN`);
  const customer = database.prepare("INSERT INTO customers VALUES (?, ?, ?, ?)");
  const start = Date.UTC(2019, 0, 1);
  const iso = (ms: number) => new Date(ms).toISOString();
  for (let i = 1; i <= 50_000; i++)
    customer.run(i, `Kunde ${i} Müller`, `kunde${i}@example.org`, iso(start + whole(1e11)));
  const order = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (let i = 0; i < rows; i++) {
    const at = start + whole(2e11);
    const id = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
    const meta = `{"channel":"${whole(2) ? "web" : "store"}","tags":["t${whole(90)}","t${whole(90)}"],"note":"zwölf Stück ${i}"}`;
    order.run(
      id,
      1 + whole(50_000),
      1 + whole(20),
      whole(100_000) / 100,
      whole(10) ? whole(5000) / 10_000 : null,
      whole(2),
      whole(20) ? meta : null,
      iso(at).replace("T", " ").slice(0, 19),
      at + whole(1e9),
    );
  }
  database.exec("COMMIT");
  database.close();
}
