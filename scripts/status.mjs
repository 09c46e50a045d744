#!/usr/bin/env zx
// Says what of a stack answers.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { stackStatus, statusProblem, statusTable } = await import("./lib/stack/status.ts");

await runVerb(import.meta, {
  summary: "Show what runs where, and whether it answers.",
  mutates: false,
  run: async ({ stack }) => {
    const status = await stackStatus(await loadStack(stack));
    const problem = statusProblem(status);
    return { data: status, text: statusTable(status), ...(problem ? { exit: "stack", problem } : {}) };
  },
});
