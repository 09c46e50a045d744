#!/usr/bin/env zx
// Shows what a stack hands to scripts.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { maskPasswords } = await import("./lib/stack/mask.ts");

await runVerb(import.meta, {
  summary: "Show what a stack hands to scripts: addresses, roles, budget, backups, monitoring.",
  mutates: false,
  options: (command) => command.option("--show-secrets", "with the passwords in plain text", false),
  run: async ({ stack, showSecrets }) => {
    const outputs = await loadStack(stack);
    const data = showSecrets ? outputs : maskPasswords(outputs);
    return { data, text: JSON.stringify(data, null, 2) };
  },
});
