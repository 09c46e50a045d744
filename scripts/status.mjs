#!/usr/bin/env zx
// Says what of a stack answers.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { stackStatus, statusTable } = await import("./lib/stack/status.ts");

await runVerb(import.meta, {
  summary: "Show what runs where, and whether it answers.",
  mutates: false,
  run: async ({ stack }) => {
    const status = await stackStatus(await loadStack(stack));
    const down = status.parts.filter((part) => !part.answers).map((part) => part.name);
    const problem = { message: `${down.join(", ")} does not answer`, hint: `npm run up -- --stack ${stack}` };
    return { data: status, text: statusTable(status), ...(down.length > 0 ? { exit: "stack", problem } : {}) };
  },
});
