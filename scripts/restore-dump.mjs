#!/usr/bin/env zx
// Restores a dump into a stack's database.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { LandfallError } = await import("./lib/cli/errors.ts");
const { besideRecords, overNetwork } = await import("./lib/backup/dump.ts");
const { planRestoreDump, restoreDump } = await import("./lib/backup/restore-dump.ts");
const { wholeOption } = await import("./lib/cli/choice.ts");
const { duration } = await import("./lib/cli/table.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary:
    "Restore a dump into the database, in place of what is there, and prove that every table is as it was dumped.",
  mutates: true,
  options: (command) => {
    command
      .option("--from <folder>", "the dump; the stack's latest unless given")
      .option("--yes", "really replace the tables that are there", false);
    wholeOption(command, "--jobs <n>", "tables that are restored at once", 2);
  },
  run: async ({ stack, from, jobs, yes, dryRun }, reporter) => {
    const loaded = await loadStack(stack);
    const place = isOnRds(loaded) ? await overNetwork(loaded) : besideRecords(await besideBackups(loaded, import.meta));
    const plan = await planRestoreDump(place, from);
    const tables = Object.keys(plan.manifest.tables).length;
    const what = `${tables} tables of ${plan.manifest.at} in place of ${plan.replaced.length} that are there`;
    if (dryRun) return { data: plan, text: `${plan.folder} is sound; it would bring ${what}` };
    if (plan.replaced.length > 0 && !yes) {
      throw new LandfallError("usage", `this brings ${what}`, "--yes to do it, --dry-run to see more");
    }
    const result = await restoreDump(place, plan, jobs, reporter);
    const back = result.restorePoint ? `; before it: npm run restore -- --name "${result.restorePoint}"` : "";
    return {
      data: result,
      text: `${tables} tables restored in ${duration(result.durationMs)}, each as it was dumped${back}`,
    };
  },
});
