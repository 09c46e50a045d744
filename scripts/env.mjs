#!/usr/bin/env zx
// Hands out a stack's connection strings.
import { resolve } from "node:path";
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { envFileText, environmentOf, formats, maskSections } = await import("./lib/stack/env-file.ts");
const { listOption, wholeOption } = await import("./lib/cli/choice.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { projectRoot } = await import("./lib/paths.ts");
const { readAuthority, writeEnvFile } = await import("./lib/stack/write-env-file.ts");

await runVerb(import.meta, {
  summary: "Print a stack's connection strings, or write them to .env.<stack>.",
  details:
    "For Prisma, libpq, JDBC and node-postgres (options of its Pool, as JSON). Printed, passwords are hidden unless --show-secrets; written, the file is its owner's only (0600) and refused where git would see it.",
  mutates: true,
  options: (command) => {
    listOption(command, "--format <names>", "which strings", formats);
    wholeOption(command, "--processes <count>", "processes of the application that share the pooler", 1);
    command.option("--schema <name>", "the schema that Prisma works in", "public");
    command.option("--show-secrets", "print the passwords too", false);
    command.option("--write", "write them to a file instead", false);
    command.option("--file <path>", "the file to write; .env.<stack> of this project unless named");
  },
  run: async ({ stack, format, processes, schema, showSecrets, write, file, dryRun }) => {
    const outputs = await loadStack(stack);
    const sections = environmentOf(outputs, readAuthority(outputs), { formats: format, processes, schema });
    const path = resolve(file ?? `${projectRoot}/.env.${stack}`);
    const names = sections.flatMap(({ variables }) => Object.keys(variables));
    if (write && dryRun) return { data: { path, names }, text: `${path} would hold ${names.join(", ")}` };
    if (write) {
      await writeEnvFile(path, envFileText(stack, sections));
      return { data: { path, names }, text: `${path}: ${names.length} variables` };
    }
    const data = showSecrets ? sections : maskSections(sections, outputs);
    return { data, text: envFileText(stack, data).trimEnd() };
  },
});
