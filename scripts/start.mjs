#!/usr/bin/env zx
// From nothing to a stack with a database moved into it, proven, backed up and drilled.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { migrateChoices, sourceOption } = await import("./lib/migrate/options.ts");
const { startVerb } = await import("./lib/start/start.ts");

await runVerb(import.meta, {
  summary: "Provision a stack, move a SQLite database into it, prove it, take a backup and drill it.",
  details:
    "Without --sqlite an example application's database is made and moved. Safe to repeat: what is done is not done again.",
  mutates: true,
  options: (command) => migrateChoices(sourceOption(engineOption(command), "optional")),
  run: startVerb,
});
