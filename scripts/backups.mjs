#!/usr/bin/env zx
// Lists what a stack's database can be restored from.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { expire } = await import("./lib/backup/backup.ts");
const { backupsOverview, overviewText } = await import("./lib/backup/overview.ts");
const { mustVerify } = await import("./lib/backup/verify.ts");
const { besideBackups, isOnRds } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "List the backups: what, when, how large, up to when each can recover, and the last drill.",
  mutates: true,
  options: (command) =>
    command
      .option("--verify", "read every file of the repository and compare it with its checksum", false)
      .option("--expire", "let go of what retention no longer asks for", false),
  run: async ({ stack, verify, expire: expiring, dryRun }) => {
    const loaded = await loadStack(stack);
    if (isOnRds(loaded)) {
      const { rdsBackupsVerb } = await import("./lib/backup/rds/verbs.ts");
      return rdsBackupsVerb(loaded, { verify, expire: expiring, dryRun });
    }
    const outputs = await besideBackups(loaded, import.meta);
    if (verify && !dryRun) {
      const verified = await mustVerify(outputs.backup);
      const text = verified.map(({ repository, files }) => `repository ${repository}: ${files} files, all as written`);
      return { data: verified, text: text.join("\n") };
    }
    if (expiring && !dryRun) {
      const gone = await expire(outputs.backup);
      const text = gone.map((label) => `${label}: removed`).join("\n") || "nothing to let go of";
      return { data: { removed: gone }, text };
    }
    const overview = await backupsOverview(outputs);
    return { data: overview, text: overviewText(overview, new Date()) };
  },
});
