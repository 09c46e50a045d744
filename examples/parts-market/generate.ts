import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";

/** Writes a market for spare parts as a Django application leaves it: microseconds in texts, uuids as 32 digits. */
export function generate(file: string, { rows = 2000, seed = 1 }: { rows?: number; seed?: number } = {}): void {
  const writer = new Writer(file, readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
  const random = new Random(seed);
  const start = Date.UTC(2020, 0, 1);
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
  /** Django leaves the fraction out where it is zero. */
  const moment = () => {
    const micros = random.chance(0.05) ? "" : `.${String(random.whole(1, 999_999)).padStart(6, "0")}`;
    return iso(start + random.whole(0, 1.5e11)) + micros;
  };
  for (const [i, app] of ["auth", "sessions", "market"].entries())
    writer.row("django_migrations", i + 1, app, "0001_initial", moment());
  for (let id = 1; id <= 40; id++) {
    const password = `pbkdf2_sha256$600000$${random.hex(22)}$${random.hex(43)}=`;
    const seen = random.chance(0.7) ? moment() : null;
    writer.row("auth_user", id, password, seen, id === 1 ? 1 : 0, `seller${id}`, `s${id}@example.org`, 1, moment());
  }
  for (let id = 1; id <= 300; id++) {
    const fits = JSON.stringify({ models: [`Größe ${id}`, `M${id % 9}`], years: [1990 + (id % 30), null] });
    const released = random.chance(0.8) ? iso(start - random.whole(0, 1e12)).slice(0, 10) : null;
    const price = random.whole(100, 90_000) / 100;
    writer.row(
      "market_part",
      id,
      `P-${random.hex(6)}-${id}`,
      `Dichtung ${id}`,
      price,
      random.whole(0, 99),
      fits,
      random.hex(32),
      released,
    );
  }
  for (let id = 1; id <= rows; id++) {
    const duration = random.chance(0.5) ? random.whole(1, 30) * 86_400_000_000 : null;
    const price = random.whole(100, 90_000) / 100;
    writer.row(
      "market_offer",
      id,
      random.whole(1, 300),
      random.whole(1, 40),
      price,
      moment(),
      duration,
      random.pick(["", "wie neu", "used “once”"]),
    );
  }
  for (let i = 0; i < 50; i++) writer.row("django_session", random.hex(32), random.hex(120), moment());
  writer.close();
}
