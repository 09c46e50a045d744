import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";

/** Writes a laboratory's notebook as a SQLAlchemy application leaves it: measured floats, uuids as 32 digits, blobs. */
export function generate(file: string, { rows = 2000, seed = 1 }: { rows?: number; seed?: number } = {}): void {
  const writer = new Writer(file, readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
  const random = new Random(seed);
  const start = Date.UTC(2018, 0, 1);
  writer.row("alembic_version", random.hex(12));
  for (let id = 1; id <= 15; id++) {
    const orcid = random.chance(0.7) ? `0000-0002-${1000 + id}-${random.whole(1000, 9999)}` : null;
    writer.row("researcher", id, `Dr. Ñuñez ${id}`, orcid, id % 4 === 0 ? 0 : 1);
  }
  const perExperiment = 20;
  for (let number = 0; number < Math.max(1, rows / perExperiment); number++) {
    const id = random.hex(32);
    const at = new Date(start + random.whole(0, 2e11)).toISOString();
    const started = `${at.slice(0, 19).replace("T", " ")}.${String(random.whole(0, 999_999)).padStart(6, "0")}`;
    const parameters = random.chance(0.9)
      ? JSON.stringify({ temperature: random.next() * 40, solvent: "H₂O", runs: [1, 2] })
      : "null";
    const kind = random.pick(["titrate", "spectra", "assay"]);
    writer.row("experiment", id, random.whole(1, 15), kind, started, at.slice(0, 10), parameters);
    for (let position = 0; position < perExperiment; position++) {
      const value = random.chance(0.02) ? null : (random.next() - 0.5) * 10 ** random.whole(-6, 6);
      const raw = random.chance(0.1) ? Buffer.from(`8004${random.hex(60)}2e`, "hex") : null;
      writer.row("reading", id, position, value, raw);
    }
  }
  writer.close();
}
