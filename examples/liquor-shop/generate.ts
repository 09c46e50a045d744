import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";
import { addCustomers, addInventory, addLocations, addProducts, addUsers, type Shop } from "./people-and-goods.ts";
import { addSales } from "./sales.ts";

export interface ShopOptions {
  /** Sales at the till; everything else is in proportion. */
  transactions: number;
  /** The same seed gives the same rows. */
  seed: number;
}

/** Writes the liquor shop's database to a new file, replacing what is there. */
export function generate(file: string, { transactions, seed }: ShopOptions): void {
  const writer = new Writer(file, readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
  const random = new Random(seed);
  const shop: Shop = { writer, random, users: [], locations: [], products: [], customers: [] };
  addUsers(shop, 24);
  addLocations(shop, 4);
  addProducts(shop, Math.max(20, Math.round(transactions / 50)));
  addInventory(shop);
  addCustomers(shop, Math.max(10, Math.round(transactions / 20)));
  addSales(shop, transactions);
  writer.close();
}
