#!/usr/bin/env zx
// Proves that a stack's backups can be restored.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { drillOptions, drillVerb } = await import("./lib/drill/verb.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary:
    "Restore a backup beside the running database, prove that it is whole and what the source was, and remove it.",
  details:
    "The source is only read. Every assertion has a name; what could not run has failed. Evidence is kept, with an HTML page.",
  mutates: true,
  options: drillOptions,
  run: async (options, reporter) => {
    const loaded = await loadStack(options.stack);
    if (isOnRds(loaded)) {
      const { rdsDrillVerb } = await import("./lib/drill/rds/verb.ts");
      return rdsDrillVerb(loaded, /** @type {any} */ (options), reporter);
    }
    return drillVerb(await besideBackups(loaded, import.meta), /** @type {any} */ (options), reporter);
  },
});
