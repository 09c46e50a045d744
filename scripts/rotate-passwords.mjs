#!/usr/bin/env zx
// Gives every role of a stack a new password.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { passwordGeneration, rotatePasswords } = await import("./lib/stack/rotate.ts");

await runVerb(import.meta, {
  summary: "Give every role a new password, without downtime.",
  details:
    "The application's login before this one goes on working for roles.grace (a day unless configured): hand out the new connection strings within that time.",
  mutates: true,
  options: engineOption,
  run: async ({ stack, engine, dryRun }, reporter) => {
    if (dryRun) {
      const next = (await passwordGeneration(stack, engine)) + 1;
      return { data: { stack, generation: next }, text: `${stack}: the passwords would become generation ${next}` };
    }
    const result = await rotatePasswords(stack, engine, reporter);
    return {
      data: result,
      text: `${stack}: the passwords are generation ${result.generation}; npm run env shows the new strings`,
    };
  },
});
