#!/usr/bin/env zx
// Takes a backup of a stack's database.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { choiceOption } = await import("./lib/cli/choice.ts");
const { backup, backupTypes } = await import("./lib/backup/backup.ts");
const { listBackups } = await import("./lib/backup/pgbackrest.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { bytes, duration } = await import("./lib/cli/table.ts");

await runVerb(import.meta, {
  summary: "Take a backup, check that WAL reaches the repository, read it back, apply retention.",
  mutates: true,
  options: (command) =>
    choiceOption(command, "--type <type>", "full, differential or incremental", backupTypes, "full").option(
      "--no-verify",
      "do not read the repository back afterwards",
    ),
  run: async ({ stack, type, verify, dryRun }, reporter) => {
    const loaded = await loadStack(stack);
    if (isOnRds(loaded)) {
      const { rdsBackupVerb } = await import("./lib/backup/rds/verbs.ts");
      return rdsBackupVerb(loaded, { type, dryRun }, reporter);
    }
    const outputs = await besideBackups(loaded, import.meta);
    if (dryRun) {
      const backups = await listBackups(outputs.backup);
      const text = `a ${type} backup would join ${backups.length} in ${outputs.backup.repositories.join(", ")}`;
      return { data: { stack, type, backups }, text };
    }
    const result = await backup(outputs, type, verify, reporter);
    const { label, databaseBytes, repositoryBytes } = result.backup;
    const lines = [
      `${label}: ${bytes(databaseBytes)} of database, ${bytes(repositoryBytes)} in the repository, in ${duration(result.durationMs)} (${bytes(Math.round(result.rate))}/s)`,
      ...result.verified.map(
        ({ repository, files }) => `repository ${repository}: ${files} files read back, all as written`,
      ),
      ...result.expired.map((old) => `${old}: removed by retention`),
    ];
    return { data: result, text: lines.join("\n") };
  },
});
