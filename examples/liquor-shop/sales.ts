import { cents, identifier, opened, type Shop } from "./people-and-goods.ts";
import { cards, methods, notes } from "./words.ts";

/** Sales follow each other every few minutes, so that 100,000 of them fill some twenty months. */
const secondsBetween = { min: 20, max: 1000 };

/** The till's work: each sale with its items and payments, what it tells other programs, and what managers changed. */
export function addSales(shop: Shop, transactions: number): void {
  let at = opened;
  for (let number = 1; number <= transactions; number++) {
    at += shop.random.whole(secondsBetween.min, secondsBetween.max) * 1000 + shop.random.whole(0, 999);
    addSale(shop, number, at);
  }
}

function addSale(shop: Shop, number: number, at: number): void {
  const { writer, random } = shop;
  const id = identifier(random);
  const cashier = random.pick(shop.users);
  const items = Array.from({ length: random.whole(1, 4) }, () => ({
    product: random.pick(shop.products),
    quantity: random.whole(1, 6),
  }));
  // Sums of cents in floating point: 0.1 + 0.2 is what such tables really hold.
  const subtotal = items.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);
  const discount = random.chance(0.1) ? cents(subtotal * 0.05) : 0;
  const tax = (subtotal - discount) * 0.0875;
  const total = cents(subtotal - discount + tax);
  const status = random.chance(0.97) ? "COMPLETED" : random.pick(["REFUNDED", "VOIDED"]);
  writer.row(
    '"Transaction"',
    ...[id, number, random.pick(shop.locations), cashier, random.chance(0.4) ? random.pick(shop.customers) : null],
    ...[status, subtotal, tax, discount, total, random.chance(0.8) ? 1 : 0],
    ...[random.chance(0.03) ? random.pick(notes) : null, at],
  );
  for (const { product, quantity } of items) {
    writer.row('"TransactionItem"', null, id, product.id, quantity, product.price, 0, product.price * quantity);
  }
  addPayments(shop, id, total, at);
  addLogs(shop, id, cashier, { number, total, status }, at);
}

function addPayments({ writer, random }: Shop, id: string, total: number, at: number): void {
  const method = random.pick(methods);
  const parts = method === "SPLIT" ? [cents(total / 2), cents(total - cents(total / 2))] : [total];
  for (const amount of parts) {
    const card = method === "CARD" || method === "SPLIT";
    const data = card ? JSON.stringify({ auth: random.hex(12), approved: true, ms: random.whole(200, 4000) }) : null;
    const last4 = card ? String(random.whole(0, 9999)).padStart(4, "0") : null;
    writer.row('"Payment"', null, id, method, amount, card ? random.pick(cards) : null, last4, data, at + 1500);
  }
}

function addLogs({ writer, random }: Shop, id: string, user: string, sale: object, at: number): void {
  const moment = new Date(at).toISOString();
  const processed = random.chance(0.98) ? 1 : 0;
  writer.row("event_log", null, "transaction.completed", id, JSON.stringify({ id, ...sale }), moment, processed);
  if (!random.chance(0.15)) return;
  // SQLite's own datetime('now') has a space and whole seconds.
  const written = moment.slice(0, 19).replace("T", " ");
  const address = random.chance(0.7) ? `10.0.0.${random.whole(2, 250)}` : null;
  const before = random.chance(0.3) ? JSON.stringify({ status: "OPEN" }) : null;
  writer.row("audit_log", null, user, "UPDATE", "Transaction", id, before, JSON.stringify(sale), address, written);
}
