import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Registry } from "prom-client";
import { compareCatalogs } from "../../scripts/lib/db/catalog.ts";
import {
  allAssertions,
  Findings,
  hasFailed,
  NotApplicable,
  tally,
  verdictOf,
} from "../../scripts/lib/drill/assertions.ts";
import { judgeLoaded, type LoadedTable } from "../../scripts/lib/drill/checks/manifest.ts";
import { checkEvidence, lastPassed, recordDrill } from "../../scripts/lib/drill/evidence.ts";
import type { DrillResult } from "../../scripts/lib/drill/result.ts";
import { judge } from "../../scripts/lib/drill/sabotage/run.ts";
import { sabotages } from "../../scripts/lib/drill/sabotage/sabotages.ts";
import { percentiles } from "../../scripts/lib/drill/statistics.ts";
import { recordMetrics } from "../../scripts/lib/monitoring/record-metrics.ts";
import { folderStore } from "../../scripts/lib/store/folder.ts";

const folder = mkdtempSync(join(tmpdir(), "lf-drills-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const records = folderStore(folder);
const result = (id: string, passed: boolean): DrillResult => ({
  stack: "test",
  id,
  startedAt: "2026-01-01T00:00:00.000Z",
  endedAt: "2026-01-01T00:01:00.000Z",
  backup: "20260101-000000F",
  target: "<the latest>",
  assertions: allAssertions.map((name, i) => ({ name, passed: passed || i > 0, detail: `found <${i}>` })),
  passed,
  recoveryTimeMs: 12_500,
  recoveryPointMs: 900,
  tables: 1,
  rows: "5",
  content: passed ? { rows: { tables: { "public.t": { rows: "5", digest: "1" } }, sequences: {} }, catalog: {} } : null,
  moment: null,
});

test("an assertion that was not reached has failed, and says because of what", async () => {
  const findings = new Findings();
  await findings.check("source: target is within reach", () => "yes");
  await findings.check("recovery: restored", () => {
    throw new Error("disk full");
  });
  const all = findings.all();
  assert.equal(all.length, allAssertions.length);
  assert.equal(all.filter(({ passed }) => passed).length, 1);
  const reached = all.find(({ name }) => name === "integrity: page checksums");
  assert.deepEqual(reached, {
    name: "integrity: page checksums",
    passed: false,
    detail: 'could not run, because of "recovery: restored"',
  });
});

test("what had nothing to check is told, and counts neither as passed nor as failed", async () => {
  const findings = new Findings();
  await findings.check("use: smoke queries", () => {
    throw new NotApplicable("none are configured");
  });
  const one = findings.all().find(({ name }) => name === "use: smoke queries");
  assert.ok(one);
  assert.deepEqual([one.passed, hasFailed(one), verdictOf(one)], [false, false, "not applicable"]);
  assert.deepEqual(tally([one]), { passed: 0, failed: 0, notApplicable: 1 });
});

test("a table that nobody wrote to since it was loaded must hold the rows of the manifest", () => {
  const table = (rows: number | null, written = false): LoadedTable => ({
    name: "public.t",
    loaded: 500,
    rows,
    written,
  });
  const judged = (one: LoadedTable, counted?: { inserted: number; deleted: number }, mayBeEmpty: string[] = []) =>
    judgeLoaded([one], new Map(counted ? [["public.t", counted]] : []), mayBeEmpty);
  const whole = { inserted: 500, deleted: 0 };
  assert.equal(judged(table(500)).asLoaded.length, 1);
  assert.match(judged(table(499), whole).differences.join(), /^public\.t holds 499 rows, 500 were loaded/);
  assert.match(judged(table(0), whole).differences.join(), /^public\.t holds 0 rows/);
  const excuses: [LoadedTable, { inserted: number; deleted: number } | undefined, RegExp][] = [
    [table(500, true), whole, /written since/],
    [table(499), { inserted: 500, deleted: 1 }, /written since/],
    [table(499), { inserted: 3, deleted: 0 }, /counted deletions only since a later time/],
    [table(499), undefined, /counted deletions only since a later time/],
    [table(501), whole, /held rows before/],
    [table(null), whole, /dropped since/],
  ];
  for (const [one, counted, excuse] of excuses) {
    const { differences, asLoaded, excused } = judged(one, counted);
    assert.deepEqual([differences, asLoaded], [[], []]);
    assert.match(excused.join(), excuse);
  }
  assert.match(judged(table(0), whole, ["public.t"]).excused.join(), /may be empty/);
});

test("evidence that is changed, gone or taken out of the history shows", async () => {
  for (const id of ["a", "b", "c"]) await recordDrill(records, result(id, id !== "c"));
  assert.deepEqual(await checkEvidence(records), []);
  assert.deepEqual((await lastPassed(records))?.rows, { "public.t": "5" });
  const file = join(folder, "drills", "b.json");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("12500", "2500"));
  assert.match((await checkEvidence(records)).join(), /evidence of b was changed/);
  writeFileSync(file, text);
  const history = join(folder, "drills.jsonl");
  const lines = readFileSync(history, "utf8");
  writeFileSync(
    history,
    lines
      .split("\n")
      .filter((line) => !line.includes('"id":"b"'))
      .join("\n"),
  );
  assert.match((await checkEvidence(records)).join(), /the drill before c was taken out/);
  writeFileSync(history, lines);
});

test("the page holds no markup of others' making, and the last drill's verdict", () => {
  const page = readFileSync(join(folder, "drills", "latest.html"), "utf8");
  assert.match(page, /Restore drill of test: <span class="failed">FAILED/);
  assert.match(page, /found &lt;0&gt;/);
  assert.doesNotMatch(page, /<the latest>/);
});

test("Prometheus is told of the last success, not of the last attempt; before any, of the schedule's beginning", async () => {
  const registry = new Registry();
  recordMetrics(registry, folder, new Date("2025-01-01T00:00:00Z"));
  const text = await registry.metrics();
  assert.match(text, /^landfall_drill_last_passed 0$/m);
  assert.match(text, /^landfall_drill_last_success_timestamp_seconds 1767225600$/m);
  assert.match(text, /^landfall_drill_recovery_time_seconds 12\.5$/m);
  assert.match(text, new RegExp(`^landfall_drill_assertions\\{result="passed"\\} ${allAssertions.length - 1}$`, "m"));
  assert.match(text, /^landfall_backup_last_timestamp_seconds 1735689600$/m);
  assert.doesNotMatch(text, /^landfall_backup_last_rate_bytes/m, "what was not measured has no value");
});

test("percentiles are values that were measured, and the trend compares the halves", () => {
  assert.deepEqual(percentiles([]), null);
  assert.deepEqual(percentiles([10, 20, 30, 40]), { p50: 20, p95: 40, last: 40, trend: 3 });
  assert.equal(percentiles([10, 20])?.trend, null);
});

test("a sabotaged drill that fails for another reason is not caught, nor one that passes", () => {
  const [sabotage] = sabotages;
  assert.ok(sabotage);
  const failing = (name: string, detail: string) => ({
    passed: false,
    assertions: allAssertions.map((one) => ({
      name: one,
      passed: one !== name,
      detail: one === name ? detail : "well",
    })),
  });
  assert.equal(
    judge(sabotage, failing("source: WAL is continuous", "the WAL segment 000000010000000000000003 is missing")).caught,
    true,
  );
  assert.equal(judge(sabotage, failing("source: WAL is continuous", "no such program")).caught, false);
  assert.equal(
    judge(sabotage, failing("recovery: restored", "the WAL segment 000000010000000000000003 is missing")).caught,
    false,
  );
  assert.equal(judge(sabotage, result("x", true)).cause, "the drill PASSED");
  assert.equal(sabotages.length, 12);
});

test("a definition, a grant or a role that differs is named", () => {
  const source = { "table public.a": "1", "grants public.a": "1", "role app": "1" };
  const copy = { "table public.a": "2", "grants public.a": "1", "extension x": "1" };
  assert.deepEqual(
    compareCatalogs(source, copy, () => true),
    ["extension x is only in the copy", "role app is only in the source", "table public.a is another one"],
  );
  assert.deepEqual(
    compareCatalogs(source, copy, (kind) => kind === "grants"),
    [],
  );
});
