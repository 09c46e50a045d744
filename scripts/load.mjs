#!/usr/bin/env zx
// Loads a SQLite file's rows into PostgreSQL.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { migrateOptions } = await import("./lib/migrate/options.ts");
const { loadVerb } = await import("./lib/migrate/verbs.ts");

await runVerb(import.meta, {
  summary: "Load a SQLite file's rows, with keys, indexes and constraints; `verify` and `migrate` go on from there.",
  mutates: true,
  afterInterrupt: "run the same command again: it goes on where it was",
  options: migrateOptions,
  run: loadVerb,
});
