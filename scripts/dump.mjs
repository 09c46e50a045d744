#!/usr/bin/env zx
// Dumps a stack's database for another version or another provider.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { besideRecords, dump, overNetwork } = await import("./lib/backup/dump.ts");
const { wholeOption } = await import("./lib/cli/choice.ts");
const { bytes, duration } = await import("./lib/cli/table.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
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
    const loaded = await loadStack(stack);
    const place = isOnRds(loaded) ? await overNetwork(loaded) : besideRecords(await besideBackups(loaded, import.meta));
    const folder = into ?? place.dumps;
    if (dryRun) return { data: { folder }, text: `${loaded.database.name} would be dumped into ${folder}` };
    const result = await dump(place, folder, jobs, keep, reporter);
    const lines = [
      `${result.folder}: ${result.tables} tables, ${bytes(result.bytes)}, in ${duration(result.durationMs)}`,
      ...result.removed.map((name) => `${name}: removed`),
    ];
    return { data: result, text: lines.join("\n") };
  },
});
