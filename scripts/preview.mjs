#!/usr/bin/env zx
// Says what `up` would do.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { describeChanges, preview } = await import("./lib/stack/up.ts");

await runVerb(import.meta, {
  summary: "Show what `up` would change, and change nothing.",
  mutates: false,
  options: engineOption,
  run: async ({ stack, engine }, reporter) => {
    const result = await preview(stack, engine, reporter);
    return { data: result, text: `${stack}, if it were brought up: ${describeChanges(result)}` };
  },
});
