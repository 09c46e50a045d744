import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";

/** Writes a feedback tool's database as a Rails application leaves it: six digits of a second, enums as numbers. */
export function generate(file: string, { rows = 2000, seed = 1 }: { rows?: number; seed?: number } = {}): void {
  const writer = new Writer(file, readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
  const random = new Random(seed);
  const start = Date.UTC(2022, 0, 1);
  const moment = () => {
    const whole = new Date(start + random.whole(0, 9e10)).toISOString().slice(0, 19).replace("T", " ");
    return `${whole}.${String(random.whole(0, 999_999)).padStart(6, "0")}`;
  };
  for (const version of ["20220101120000", "20220315093000"]) writer.row("schema_migrations", version);
  writer.row("ar_internal_metadata", "environment", "production", moment(), moment());
  for (let id = 1; id <= 12; id++) {
    const settings = JSON.stringify({ anonymous: id % 2 === 0, labels: ["bug", "wünsche"] });
    writer.row("boards", id, `Board ${id}`, `board-${id}`, id % 5 === 0 ? 0 : 1, settings, moment(), moment());
  }
  for (let id = 1; id <= rows; id++) {
    const body = random.chance(0.8) ? `Line one\r\nline two – ${random.hex(20)} 👍` : null;
    const due = random.chance(0.3) ? moment().slice(0, 10) : null;
    const score = random.whole(-5000, 90_000) / 100;
    writer.row(
      "posts",
      id,
      random.whole(1, 12),
      `Post ${id}`,
      body,
      random.whole(0, 3),
      score,
      due,
      moment(),
      moment(),
    );
    writer.row("votes", id, "Post", id, random.hex(10), random.chance(0.8) ? 1 : 0, moment());
  }
  writer.close();
}
