#!/usr/bin/env zx
// Brings a stack to what its configuration says.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { describeChanges, partsTable, preview, up } = await import("./lib/stack/up.ts");

await runVerb(import.meta, {
  summary: "Provision a stack: database, pooler, backups, schedule, monitoring.",
  details: "Safe to repeat: a second run changes nothing, and one after a crash goes on where the first stopped.",
  mutates: true,
  options: (command) =>
    engineOption(command).option(
      "--allow-replace <name...>",
      "replace or delete this resource though it holds data; the refusal names it",
      [],
    ),
  run: async ({ stack, engine, dryRun, allowReplace }, reporter) => {
    const result = dryRun ? await preview(stack, engine, reporter) : await up(stack, engine, reporter, allowReplace);
    const text = [...(result.parts ? [partsTable(result.parts), ""] : []), `${stack}: ${describeChanges(result)}`];
    return { data: result, text: text.join("\n") };
  },
});
