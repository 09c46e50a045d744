#!/usr/bin/env zx
// Plans a migration: what becomes of every object, and why.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { migrateOptions } = await import("./lib/migrate/options.ts");
const { planOutcome } = await import("./lib/migrate/plan-outcome.ts");

await runVerb(import.meta, {
  summary:
    "Write the plan of a migration: the target type of every column, and what becomes of every object, with reasons.",
  details: "Reads the source only. The file can be edited, kept in git and given to `migrate --plan`.",
  mutates: false,
  options: (command) =>
    migrateOptions(command)
      .option("--output <file>", "write the plan there instead of to standard output")
      .option("--explain <column>", "only say what becomes of one column, as table.column, and why"),
  run: planOutcome,
});
