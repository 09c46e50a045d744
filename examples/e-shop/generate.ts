import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";

/** Writes a web shop's database as a Prisma application leaves it: cuid keys, times in milliseconds, JSON in text. */
export function generate(file: string, { rows = 2000, seed = 1 }: { rows?: number; seed?: number } = {}): void {
  const writer = new Writer(file, readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
  const random = new Random(seed);
  const moment = () => random.whole(Date.UTC(2021, 0, 1), Date.UTC(2025, 0, 1));
  const cuid = () => `c${random.hex(24)}`;
  const users = Array.from({ length: Math.max(5, rows / 10) }, cuid);
  users.forEach((id, i) => {
    const at = moment();
    const role = i === 0 ? "ADMIN" : "CUSTOMER";
    const name = random.chance(0.8) ? `Żaneta ${i}` : null;
    writer.row("User", id, `user${i}@example.org`, name, role, random.chance(0.9) ? 1 : 0, at, at + 1e6);
  });
  const prices = Array.from({ length: 60 }, () => random.whole(199, 19_999) / 100);
  prices.forEach((price, i) => {
    const metadata = random.chance(0.7)
      ? JSON.stringify({ color: random.pick(["rot", "grün", "blå"]), sizes: [i, 40] })
      : null;
    writer.row("Product", i + 1, `product-${i}`, `Product № ${i}`, price, random.whole(0, 500), metadata, moment());
  });
  for (let i = 0; i < rows; i++) {
    const [id, first] = [cuid(), random.whole(1, 30)];
    const [one, two] = [prices[first - 1] ?? 0, prices[first + 29] ?? 0];
    const total = Math.round((one * 2 + two) * 100) / 100;
    writer.row('"Order"', id, random.pick(users), random.pick(["PENDING", "PAID", "SHIPPED"]), total, moment());
    writer.row("OrderItem", id, first, 2, one);
    writer.row("OrderItem", id, first + 30, 1, two);
  }
  const started = Date.UTC(2021, 0, 1);
  const migration = "20210101000000_init";
  writer.row("_prisma_migrations", cuid(), random.hex(64), started + 900, migration, null, null, started, 1);
  writer.close();
}
