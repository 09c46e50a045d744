#!/usr/bin/env zx
// Proves that the latest backup can be restored.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { count, duration, table } = await import("./lib/cli/table.ts");
const { listBackups } = await import("./lib/backup/pgbackrest.ts");
const { drill } = await import("./lib/drill/drill.ts");
const { besideBackups } = await import("./lib/stack/beside.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");

await runVerb(import.meta, {
  summary: "Restore the latest backup beside the running database and prove that the two hold the same.",
  details:
    "The source is only read. The copy has its own folder and port, archives nothing, and is removed at the end.",
  mutates: true,
  run: async ({ stack, dryRun }, reporter) => {
    const outputs = await besideBackups(await loadStack(stack), import.meta);
    if (dryRun) {
      const latest = (await listBackups(outputs.backup)).at(-1);
      return { data: { stack, latest }, text: latest ? `${latest.label} would be restored` : "there is no backup yet" };
    }
    const result = await drill(outputs, reporter);
    const rows = result.assertions.map(({ name, passed, detail }) => [passed ? "passed" : "FAILED", name, detail]);
    const text = [
      table(["", "assertion", "detail"], rows),
      "",
      `recovery time ${duration(result.recoveryTimeMs)}; ${result.tables} tables, ${count(BigInt(result.rows))} rows; backup ${result.backup}`,
    ];
    const failed = result.assertions.filter(({ passed }) => !passed).map(({ detail }) => detail);
    const problem = {
      message: `the restored copy is not what the source was: ${failed.join("; ")}`,
      hint: "npm run backup, and drill again",
    };
    return { data: result, text: text.join("\n"), ...(result.passed ? {} : { exit: "drill", problem }) };
  },
});
