#!/usr/bin/env zx
// Brings a stack's database back from its backups.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { restoreVerb } = await import("./lib/backup/restore/verb.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Restore a stack's database: in place or beside it, to the latest moment, a time, a name or a transaction.",
  details:
    "In place, the old data folder is kept until --remove-old. Beside, the copy runs on a port of its own, archives nothing, and stays until --remove-copy.",
  mutates: true,
  options: (command) =>
    command
      .option("--time <time>", 'recover to a time with its zone, such as "2026-11-22T14:00:00Z"')
      .option("--name <name>", "recover to a restore point; they are set before every migration and deployment")
      .option("--xid <number>", "recover to just after a transaction")
      .option("--set <label>", "begin with this backup instead of the newest that reaches the target")
      .option("--beside", "leave the database alone and restore a copy beside it", false)
      .option("--delta", "in place: rewrite only what differs, and keep no old data", false)
      .option("--yes", "really replace the database", false)
      .option("--remove-old", "remove the data folders that restores have kept", false)
      .option("--remove-copy <id>", "remove a copy that was restored beside the database"),
  run: async (options, reporter) => {
    const loaded = await loadStack(options.stack);
    if (isOnRds(loaded)) {
      const { rdsRestoreVerb } = await import("./lib/backup/rds/restore.ts");
      return rdsRestoreVerb(loaded, /** @type {any} */ (options), reporter);
    }
    return restoreVerb(await besideBackups(loaded, import.meta, true), /** @type {any} */ (options), reporter);
  },
});
