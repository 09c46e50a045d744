import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram } from "../../../machine/programs.ts";
import { run } from "../../../machine/run.ts";
import type { MigrationReport } from "../../../scripts/lib/migrate/model/results.ts";
import { writeReport } from "../../../scripts/lib/migrate/report/report.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { hostile, reportInput } from "./input.ts";

const folder = temporaryFolder();
const browser = findProgram(["chromium", "chromium-browser", "google-chrome"]);

test("report.json holds the verdict, every account, every column's mapping and the proof", async () => {
  const { json } = await writeReport(folder, reportInput());
  const report = JSON.parse(readFileSync(json, "utf8")) as MigrationReport;
  assert.equal(report.verdict.text, "NOT EQUAL: 1 difference");
  assert.deepEqual(
    report.accounts.map(({ outcome }) => outcome),
    ["migrated", "translated", "waived", "undecided"],
  );
  assert.deepEqual(report.tables[0]?.columns[0], {
    source: hostile,
    target: hostile,
    declared: hostile,
    type: "text",
    reason: hostile,
    found: "1 TEXT, 2 NULL",
  });
  assert.equal(report.verify.differences.length, 1);
  assert.match(report.versions.node, /^\d+\./);
});

test("a browser without a network shows the verdict first, and nothing that a name or value says is run", {
  skip: browser ? false : "no Chromium on this machine",
}, async () => {
  const { html } = await writeReport(folder, reportInput());
  const text = readFileSync(html, "utf8");
  assert.doesNotMatch(text, /<script|https?:\/\/(?!www\.w3\.org)/i);
  const dom = await open(html);
  const body = dom.slice(dom.indexOf("<main>"));
  assert.ok(body.indexOf("NOT EQUAL") < body.indexOf("<h2>"), "the verdict stands before everything else");
  for (const title of ["Differences", "Checks", "Time", "Tables", "Objects", "Columns", "What the source broke"]) {
    assert.ok(body.includes(`<h2>${title}</h2>`), title);
  }
  assert.ok(
    body.indexOf("<h2>Objects</h2>") < body.indexOf("<h2>Time</h2>"),
    "what is to decide stands before figures",
  );
  // Had any of the names been taken for markup, the browser would have made elements of it.
  assert.doesNotMatch(dom, /<img|<b>bold|onerror="/);
  assert.ok(body.includes("&lt;img src=x onerror=alert(1)&gt;"));
  assert.ok(!dom.includes("\u0007"));
});

/** The page as the browser has it after loading. */
async function open(file: string): Promise<string> {
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // Any host at all would fail, and the page with it.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    `--user-data-dir=${join(folder, "browser")}`,
    "--dump-dom",
    `file://${file}`,
  ];
  const result = await run(browser ?? "", flags, { timeoutMs: 120_000 });
  assert.equal(result.code, 0, result.stderr.slice(-500));
  return result.stdout;
}
