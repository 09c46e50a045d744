import type { Random } from "../lib/random.ts";
import type { Writer } from "../lib/writer.ts";
import { categories, cities, firstNames, kinds, lastNames, makers, sizes, streets } from "./words.ts";

/** The database as it grows: what later rows refer to. */
export interface Shop {
  writer: Writer;
  random: Random;
  users: string[];
  locations: string[];
  products: { id: string; price: number }[];
  customers: string[];
}

/** The shop opened on 2024-03-01, 08:00 UTC. */
export const opened = Date.UTC(2024, 2, 1, 8);
const dayMs = 86_400_000;

/** An identifier as this kind of ORM makes them: c and 24 letters and digits. */
export const identifier = (random: Random) => `c${random.hex(24)}`;

/** Money as applications with REAL keep it: sometimes exact cents, sometimes what arithmetic left. */
export const cents = (value: number) => Math.round(value * 100) / 100;

export function addUsers({ writer, random, users }: Shop, number: number): void {
  for (let i = 0; i < number; i++) {
    const id = identifier(random);
    const first = random.pick(firstNames);
    const role = i === 0 ? "ADMIN" : i < 4 ? "MANAGER" : "CASHIER";
    const pin = random.chance(0.8) ? random.hex(64) : null;
    const created = opened - random.whole(1, 300) * dayMs;
    const active = random.chance(0.9) ? 1 : 0;
    const last = random.pick(lastNames);
    writer.row('"User"', id, `${first.toLowerCase()}${i}`, first, last, role, pin, active, created, created + 1000);
    users.push(id);
  }
}

export function addLocations({ writer, random, locations }: Shop, number: number): void {
  for (let i = 0; i < number; i++) {
    const id = identifier(random);
    const settings = JSON.stringify({
      printer: { width: 48, cut: random.chance(0.5) },
      currency: "USD",
      open: [8, 22],
    });
    const address = `${random.whole(1, 200)} ${random.pick(streets)} Street`;
    writer.row(
      '"Location"',
      id,
      `Shop ${i + 1}`,
      address,
      cities[i % cities.length] ?? "",
      0.0875,
      1,
      settings,
      opened,
    );
    locations.push(id);
  }
}

export function addProducts({ writer, random, products }: Shop, number: number): void {
  for (let i = 0; i < number; i++) {
    const id = identifier(random);
    const category = random.pick(categories);
    const name = `${random.pick(makers)} ${random.pick(kinds)} ${random.whole(1990, 2023)}`;
    const price = cents(random.whole(199, 24_999) / 100);
    const alcohol = category !== "MIXERS" && category !== "SNACKS";
    const created = opened - random.whole(0, 90) * dayMs;
    const description = random.chance(0.6) ? `${name}. Notes of ${random.hex(6)}.` : null;
    const metadata = random.chance(0.7)
      ? JSON.stringify({ vintage: random.whole(1990, 2023), tags: ["new", category], région: random.pick(cities) })
      : null;
    // Barcodes keep their leading zeros, so they are text; some were never scanned.
    const upc = random.chance(0.9) ? String(random.whole(0, 999_999_999)).padStart(12, "0") : null;
    writer.row(
      '"Product"',
      ...[id, `SKU-${String(i + 1).padStart(6, "0")}`, upc, name, description, category],
      ...[price, cents(price * 0.6), alcohol ? random.pick(sizes) : null, alcohol ? random.whole(40, 460) / 10 : null],
      ...[alcohol ? 1 : 0, metadata, created, created + random.whole(0, 60) * dayMs],
    );
    products.push({ id, price });
    if (random.chance(0.5)) addImage({ writer, random }, id);
  }
}

/** Thumbnails start as PNG files do; the rest is noise. */
function addImage({ writer, random }: Pick<Shop, "writer" | "random">, product: string): void {
  const bytes = new Uint8Array(random.whole(200, 900));
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  for (let i = 8; i < bytes.length; i++) bytes[i] = random.whole(0, 255);
  const thumbnail = random.chance(0.9) ? bytes : null;
  writer.row('"ProductImage"', identifier(random), product, `https://cdn.example.com/${product}.png`, thumbnail, 0);
}

export function addInventory({ writer, random, products, locations }: Shop): void {
  for (const { id } of products) {
    for (const location of locations) {
      const quantity = random.whole(0, 240);
      const reserved = random.whole(0, Math.min(5, quantity));
      writer.row('"Inventory"', id, location, quantity, reserved, opened + random.whole(0, 600) * dayMs);
    }
  }
}

export function addCustomers({ writer, random, customers }: Shop, number: number): void {
  for (let i = 0; i < number; i++) {
    const id = identifier(random);
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    const email = random.chance(0.8) ? `customer${i}@example.com` : null;
    const phone = random.chance(0.7) ? `+1 503 555 ${String(random.whole(0, 9999)).padStart(4, "0")}` : null;
    const birth = random.chance(0.5)
      ? new Date(Date.UTC(random.whole(1940, 2002), random.whole(0, 11), random.whole(1, 28)))
      : null;
    const preferences = random.chance(0.4)
      ? JSON.stringify({ newsletter: random.chance(0.5), likes: [random.pick(kinds)] })
      : null;
    const created = opened + random.whole(0, 600) * dayMs;
    const points = random.whole(0, 5000);
    writer.row(
      '"Customer"',
      id,
      name,
      email,
      phone,
      birth?.toISOString().slice(0, 10) ?? null,
      points,
      preferences,
      created,
    );
    customers.push(id);
  }
}
