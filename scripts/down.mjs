#!/usr/bin/env zx
// Takes a stack away.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { describeChanges, down, preview } = await import("./lib/stack/up.ts");

await runVerb(import.meta, {
  summary: "Take a stack away: its processes, its configuration, its data and its backups.",
  mutates: true,
  options: (command) =>
    engineOption(command).option("--keep-data", "leave the data and the backups for the next `up` to take over", false),
  run: async ({ stack, engine, keepData, dryRun }, reporter) => {
    if (dryRun) {
      const { changes } = await preview(stack, engine, reporter);
      const text = `${stack}: ${changes.same ?? 0} resources would be taken away${keepData ? ", the data kept" : " with all data and backups"}`;
      return { data: { stack, wouldDelete: changes.same ?? 0, keepData }, text };
    }
    const result = await down(stack, engine, keepData, reporter);
    return { data: result, text: `${stack}: ${describeChanges(result)}${keepData ? "; the data is kept" : ""}` };
  },
});
