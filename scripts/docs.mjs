#!/usr/bin/env zx
// Writes the reference pages that come from the code.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { stalePages, writePages } = await import("./lib/docs/generate.ts");

await runVerb(import.meta, {
  summary: "Write docs/reference/ from the code; with --dry-run, only say which pages are stale.",
  mutates: true,
  run: async ({ dryRun }) => {
    const pages = dryRun ? await stalePages() : await writePages();
    const text = pages.map((page) => `docs/reference/${page}: ${dryRun ? "stale" : "written"}`).join("\n");
    const problem = { message: "pages of docs/reference are stale", hint: "npm run docs" };
    return { data: pages, text, ...(dryRun && pages.length > 0 ? { exit: "internal", problem } : {}) };
  },
});
