#!/usr/bin/env zx
// Dumps a stack's database for another version or another provider.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { defaultDumps, dump } = await import("./lib/backup/dump.ts");
const { wholeOption } = await import("./lib/cli/choice.ts");
const { bytes, duration } = await import("./lib/cli/table.ts");
const { besideBackups } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Dump the database with pg_dump: parallel, compressed, with a checksum of every file.",
  details: "For moving between versions and providers; the backups proper are `npm run backup`.",
  mutates: true,
  options: (command) => {
    command.option("--into <folder>", "the folder of all dumps; the stack's own unless given");
    wholeOption(command, "--jobs <n>", "tables that are dumped at once", 2);
    wholeOption(command, "--keep <n>", "how many dumps stay", 7);
  },
  run: async ({ stack, into, jobs, keep, dryRun }, reporter) => {
    const outputs = await besideBackups(await loadStack(stack), import.meta);
    const folder = into ?? defaultDumps(outputs);
    if (dryRun) return { data: { folder }, text: `${outputs.database.name} would be dumped into ${folder}` };
    const result = await dump(outputs, folder, jobs, keep, reporter);
    const lines = [
      `${result.folder}: ${result.tables} tables, ${bytes(result.bytes)}, in ${duration(result.durationMs)}`,
      ...result.removed.map((name) => `${name}: removed`),
    ];
    return { data: result, text: lines.join("\n") };
  },
});
