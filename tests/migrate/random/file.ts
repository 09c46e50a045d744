import { DatabaseSync } from "node:sqlite";
import { quoteIdentifier } from "../../../scripts/lib/db/postgres/identifiers.ts";
import type { SqlValue } from "../../../scripts/lib/db/sqlite/open.ts";
import { expression } from "./expressions.ts";
import { Seeded } from "./seeded.ts";
import { type Kind, oddKinds, plainKinds } from "./values.ts";

/** Writes a database of a few tables with rows, generated columns, checks, indexes and views; the same for the same seed. */
export function writeRandomFile(file: string, seed: number): void {
  const random = new Seeded(seed);
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  // What SQLite itself refuses is left out.
  const run = (sql: string): boolean => {
    try {
      database.exec(sql);
      return true;
    } catch {
      return false;
    }
  };
  run(`PRAGMA page_size = ${random.pick([512, 1024, 4096, 4096, 65_536])}`);
  if (random.chance(0.1)) run("PRAGMA encoding = 'UTF-16le'");
  if (random.chance(0.2)) run("PRAGMA auto_vacuum = FULL");
  if (random.chance(0.2)) run("PRAGMA journal_mode = WAL");
  for (let t = 0; t < random.int(1, 3); t++) new RandomTable(random, database, run, t).write();
  if (random.chance(0.2)) run("ANALYZE");
  if (random.chance(0.2)) run("VACUUM");
  database.close();
}

class RandomTable {
  readonly #random: Seeded;
  readonly #database: DatabaseSync;
  readonly #run: (sql: string) => boolean;
  readonly #name: string;
  readonly #kinds: Kind[];

  constructor(random: Seeded, database: DatabaseSync, run: (sql: string) => boolean, number: number) {
    this.#random = random;
    this.#database = database;
    this.#run = run;
    this.#name = `${random.pick(["t", "group", "my table", "Таблица"])}${number}`;
    this.#kinds = random.chance(0.3) ? oddKinds(random) : plainKinds.filter(() => random.chance(0.3));
    if (this.#kinds.length === 0) this.#kinds.push(...plainKinds.slice(0, 3));
  }

  write(): void {
    if (!this.#run(this.#table(true)) && !this.#run(this.#table(false))) return;
    this.#rows(this.#random.pick([0, 1, 50, 300]));
    const [added, number] = ["added", this.#random.int(0, 9)];
    if (this.#random.chance(0.3)) {
      const otherwise = this.#random.pick(["", "DEFAULT 7", "DEFAULT 'x'", "NOT NULL DEFAULT 'x'", "DEFAULT 1.25"]);
      this.#run(
        `ALTER TABLE ${this.#quoted} ADD COLUMN ${added} ${this.#random.pick(["TEXT", "INTEGER", ""])} ${otherwise}`,
      );
      this.#rows(5);
    }
    if (this.#random.chance(0.2)) this.#run(`DELETE FROM ${this.#quoted} WHERE rowid % 10 = ${number}`);
    for (let i = 0; i < 6; i++) this.#view(`v_${this.#name}_${i}`);
    for (let i = 0; i < 2; i++) if (this.#random.chance(0.5)) this.#index(`i_${this.#name}_${i}`);
  }

  get #quoted(): string {
    return quoteIdentifier(this.#name);
  }

  get #expression(): string {
    return expression(this.#random, this.#kinds);
  }

  get #column(): string {
    return quoteIdentifier(this.#random.pick(this.#kinds).name);
  }

  /** @param whole with what SQLite may refuse */
  #table(whole: boolean): string {
    const random = this.#random;
    const columns = this.#kinds.map(
      ({ name, type }) => `${quoteIdentifier(name)} ${type}${random.chance(0.2) ? " NOT NULL" : ""}`,
    );
    const computed = random.pick([0, 0, 1, 2]);
    const generated = Array.from(
      { length: computed },
      (_, i) =>
        `g${i} ${random.pick(["", "TEXT", "INTEGER", "REAL"])} AS (${this.#expression}) ${random.pick(["STORED", "VIRTUAL"])}`,
    );
    const check = random.chance(0.3) ? [`CHECK (coalesce(${this.#expression}, 1) IS NOT 'never')`] : [];
    const keyed = random.chance(0.1) ? " WITHOUT ROWID" : "";
    const parts = ["pk INTEGER PRIMARY KEY", ...columns, ...(whole ? [...generated, ...check] : [])];
    return `CREATE TABLE ${this.#quoted} (${parts.join(", ")})${keyed}`;
  }

  #rows(count: number): void {
    const random = this.#random;
    const names = this.#kinds.map(({ name }) => quoteIdentifier(name)).join(", ");
    const marks = this.#kinds.map(() => "?").join(", ");
    const insert = this.#database.prepare(`INSERT OR IGNORE INTO ${this.#quoted} (${names}) VALUES (${marks})`);
    this.#run("BEGIN");
    for (let i = 0; i < count; i++) {
      const row = this.#kinds.map(({ value }) => (random.chance(0.1) ? null : value(random)));
      try {
        insert.run(...(row as Exclude<SqlValue, Uint8Array>[]));
      } catch {
        // A check or a generated column does not take it.
      }
    }
    this.#run("COMMIT");
  }

  #view(name: string): void {
    const where = this.#random.chance(0.3) ? ` WHERE ${this.#expression}` : "";
    const from = `FROM ${this.#quoted}${where}`;
    const aggregate = `${this.#random.pick(["sum", "min", "max", "avg", "total", "count", "group_concat"])}(${this.#column})`;
    const query = this.#random.pick([
      `SELECT pk, ${this.#expression} AS e, ${this.#expression} AS f ${from}`,
      `SELECT ${this.#random.chance(0.5) ? this.#column : this.#expression} AS k, count(*) AS n, ${aggregate} AS a ${from} GROUP BY 1`,
      `SELECT DISTINCT ${this.#expression} AS e ${from} ORDER BY 1`,
      `SELECT a.pk AS p, b.pk AS q FROM ${this.#quoted} a LEFT JOIN ${this.#quoted} b ON a.pk = b.pk + 1`,
    ]);
    if (!this.#run(`CREATE VIEW ${quoteIdentifier(name)} AS ${query}`)) return;
    try {
      this.#database.prepare(`SELECT * FROM ${quoteIdentifier(name)}`).all();
    } catch {
      this.#run(`DROP VIEW ${quoteIdentifier(name)}`);
    }
  }

  #index(name: string): void {
    const where = this.#random.chance(0.3) ? ` WHERE ${this.#expression}` : "";
    const part = this.#random.chance(0.6) ? this.#expression : this.#column;
    this.#run(`CREATE INDEX ${quoteIdentifier(name)} ON ${this.#quoted} (${part})${where}`);
  }
}
