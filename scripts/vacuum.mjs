#!/usr/bin/env zx
// Cleans up behind deleted rows and refreshes the planner's statistics.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { count, duration, table } = await import("./lib/cli/table.ts");
const { withConnection } = await import("./lib/db/postgres/connection.ts");
const { vacuumAnalyze } = await import("./lib/db/vacuum.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { databaseTarget } = await import("./lib/stack/targets.ts");

await runVerb(import.meta, {
  summary: "VACUUM and ANALYZE every table of the application.",
  mutates: true,
  run: async ({ stack, dryRun }, reporter) => {
    const outputs = await loadStack(stack);
    if (dryRun) return { data: { stack }, text: "every table would be vacuumed and analyzed, one after the other" };
    const bar = reporter.progress("vacuuming", 0, "tables");
    const done = await withConnection(databaseTarget(outputs, "migrator"), (connection) =>
      vacuumAnalyze(connection, (number) => bar.update(number)),
    ).finally(() => bar.done());
    const rows = done.map(({ table: name, deadRowsBefore, ms }) => [name, count(deadRowsBefore), duration(ms)]);
    return { data: done, text: table(["table", ">dead rows before", ">took"], rows) };
  },
});
