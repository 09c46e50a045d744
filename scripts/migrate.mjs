#!/usr/bin/env zx
// Moves a SQLite file into PostgreSQL and proves it.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { migrateOptions } = await import("./lib/migrate/options.ts");
const { migrateVerb } = await import("./lib/migrate/verbs.ts");

await runVerb(import.meta, {
  summary: "Move a SQLite file into PostgreSQL, prove that every value arrived, write the report and the switch file.",
  details:
    "Snapshot, profile, plan, schema, load, constraints and indexes, verify, switch file, report. The source is only read. Safe to repeat: a run that was interrupted goes on where it was.",
  mutates: true,
  afterInterrupt: "run the same command again: it goes on where it was",
  options: migrateOptions,
  run: migrateVerb,
});
