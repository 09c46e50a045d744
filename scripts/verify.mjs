#!/usr/bin/env zx
// Proves again that the target holds what the source held.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { destinationOf } = await import("./lib/migrate/destination.ts");
const { targetOption } = await import("./lib/migrate/options.ts");
const { verifyRun } = await import("./lib/migrate/verify-run.ts");

await runVerb(import.meta, {
  summary: "Compare every value that was moved with what the target holds now.",
  details:
    "Works on the snapshot that the migration took, at any time. What the application has written since shows as differences.",
  mutates: false,
  options: (command) => targetOption(command).requiredOption("--sqlite <file>", "the SQLite file that was moved"),
  run: async (options, reporter) => verifyRun(await destinationOf(options), options.sqlite, reporter),
});
