#!/usr/bin/env zx
// Shows when a stack's jobs run and how they went.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { readSchedule, silence } = await import("./lib/schedule/ask.ts");
const { scheduleText } = await import("./lib/schedule/view.ts");
const { besideSchedule } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Show when each scheduled job runs next, and how it went last.",
  mutates: false,
  run: async ({ stack }) => {
    const view = await readSchedule(await besideSchedule(await loadStack(stack), import.meta));
    const message = silence(view, new Date());
    const problem = { message: message ?? "", hint: "look at the scheduler's service in ECS, and at its task's log" };
    return { data: view, text: scheduleText(view), ...(message ? { exit: "stack", problem } : {}) };
  },
});
