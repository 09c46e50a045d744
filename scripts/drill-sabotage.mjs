#!/usr/bin/env zx
// Proves that drills notice broken backups.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { rdsSabotageVerb, sabotageVerb } = await import("./lib/drill/sabotage/verb.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Break a copy of the backups in every known way, and prove that a drill fails each time, naming the cause.",
  details:
    "The stack's own repository and data stay as they are; a few WAL segments are switched in the source. On RDS, what its API answers and the drill's temporary instances are broken.",
  mutates: true,
  run: async (options, reporter) => {
    const loaded = await loadStack(options.stack);
    if (isOnRds(loaded)) return rdsSabotageVerb(loaded, options, reporter);
    return sabotageVerb(await besideBackups(loaded, import.meta), options, reporter);
  },
});
