#!/usr/bin/env zx
// Says what `up` would do.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { refusals } = await import("./lib/guard/guard.ts");
const { describeChanges, preview } = await import("./lib/stack/up.ts");

await runVerb(import.meta, {
  summary: "Show what `up` would change, and change nothing.",
  mutates: false,
  options: engineOption,
  run: async ({ stack, engine }, reporter) => {
    const result = await preview(stack, engine, reporter);
    const refused = refusals(result.steps);
    const lines = [
      `${stack}, if it were brought up: ${describeChanges(result)}`,
      ...refused.map(({ reason }) => `up would refuse: ${reason}`),
    ];
    return { data: { ...result, refused }, text: lines.join("\n") };
  },
});
