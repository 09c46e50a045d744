import type { MigrationReport } from "../../model/results.ts";
import { accountsSection, brokenSection } from "./accounts.ts";
import { html, Markup } from "./markup.ts";
import {
  checksSection,
  columnsSection,
  differencesSection,
  tablesSection,
  timesSection,
  verdictSection,
} from "./sections.ts";
import { style } from "./style.ts";

/** The whole page: no script, no link to anything, and a policy that would forbid both. */
export function reportPage(report: MigrationReport): string {
  const { run, versions, snapshot, writtenAt } = report;
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${report.verdict.text} – ${run.source}</title>
<style>${new Markup(style)}</style>
</head>
<body><main>
<h1>${run.source} → ${run.destination}</h1>
${verdictSection(report)}
${differencesSection(report)}
${checksSection(report)}
${brokenSection(report)}
${accountsSection(report)}
${timesSection(report)}
${tablesSection(report)}
${columnsSection(report)}
<footer>Run ${run.id}, begun ${run.startedAt}, report written ${writtenAt}. Landfall ${versions.landfall}, Node ${versions.node},
SQLite ${versions.sqlite}, ${versions.server}. Snapshot of ${snapshot.takenAt}, SHA-256 ${snapshot.sha256}.</footer>
</main></body>
</html>
`;
  return page.text;
}
