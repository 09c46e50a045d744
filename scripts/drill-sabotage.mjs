#!/usr/bin/env zx
// Proves that drills notice broken backups.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { causesOf } = await import("./lib/drill/verb.ts");
const { killRate, runSabotages, verdictsText } = await import("./lib/drill/sabotage/run.ts");
const { sabotages } = await import("./lib/drill/sabotage/sabotages.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Break a copy of the backups in every known way, and prove that a drill fails each time, naming the cause.",
  details: "The stack's own repository and data stay as they are; a few WAL segments are switched in the source.",
  mutates: true,
  run: async ({ stack, dryRun }, reporter) => {
    const loaded = await loadStack(stack);
    if (isOnRds(loaded)) {
      const { noSabotage } = await import("./lib/drill/rds/verb.ts");
      throw noSabotage(loaded.backup.identifier);
    }
    const outputs = await besideBackups(loaded, import.meta);
    if (dryRun) {
      const text = sabotages.map(({ name, what }) => `${name}: ${what}`).join("\n");
      return { data: sabotages.map(({ name, what }) => ({ name, what })), text };
    }
    const { control, verdicts } = await runSabotages(outputs, sabotages, reporter);
    const failed = causesOf(control);
    const missed = verdicts.filter(({ caught }) => !caught).map(({ name }) => name);
    const message =
      failed.length > 0
        ? `the drill without sabotage failed: ${failed.join("; ")}`
        : `not caught: ${missed.join(", ")}`;
    const problem = {
      message,
      hint:
        failed.length > 0
          ? "npm run drill shows all of it; without a backup, npm run backup first"
          : "report this: drills cannot be trusted until it is mended",
    };
    const bad = failed.length > 0 || killRate(verdicts) < 1;
    const data = { control: control.passed, killRate: killRate(verdicts), verdicts };
    return { data, text: failed.length > 0 ? "" : verdictsText(verdicts), ...(bad ? { exit: "drill", problem } : {}) };
  },
});
