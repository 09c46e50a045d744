import { count, duration } from "../cli/table.ts";
import { verdictOf } from "./assertions.ts";
import type { DrillResult } from "./result.ts";
import { type DrillRecord, type Percentiles, statisticsOf } from "./statistics.ts";

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const time = (ms: number | null) => (ms === null ? "never reached" : duration(ms));

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}th,td:nth-child(-n+2):not(:last-child){white-space:nowrap}
.passed{color:#0a6b2d}.failed{color:#b00020;font-weight:600}small{color:#666}svg{width:100%;height:80px}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}td,th{border-color:#333}.passed{color:#5fd38a}.failed{color:#ff7b8a}}`;

/** One drill on a page of its own, that needs nothing but itself: for an auditor, or for the morning after. */
export function drillPage(result: DrillResult, history: DrillRecord[]): string {
  const verdict = (passed: boolean) =>
    `<span class="${passed ? "passed" : "failed"}">${passed ? "passed" : "FAILED"}</span>`;
  const rows = result.assertions.map(
    (assertion) =>
      `<tr><td>${assertion.applies === false ? verdictOf(assertion) : verdict(assertion.passed)}</td><td>${escapeHtml(assertion.name)}</td><td>${escapeHtml(assertion.detail)}</td></tr>`,
  );
  const { recoveryTime, recoveryPoint, drills, passed } = statisticsOf(history);
  const facts = [
    ["backup", result.backup ?? "none"],
    ["recovered to", result.target ?? "nothing"],
    ["recovery time", time(result.recoveryTimeMs)],
    ["recovery point", time(result.recoveryPointMs)],
    ["content", `${result.tables} tables, ${count(BigInt(result.rows))} rows`],
    ["began, ended", `${result.startedAt}, ${result.endedAt}`],
    ["evidence", `${result.id}.json, SHA-256 ${history.at(-1)?.sha256 ?? ""}`],
  ].map(([name = "", value = ""]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  const past = history
    .slice(-20)
    .reverse()
    .map(
      (drill) =>
        `<tr><td>${escapeHtml(drill.startedAt)}</td><td>${verdict(drill.passed)}</td><td>${time(drill.recoveryTimeMs)}</td><td>${time(drill.recoveryPointMs)}</td><td>${drill.assertions.passed}/${drill.assertions.of}</td><td>${escapeHtml(drill.failed.join(", "))}</td></tr>`,
    );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Restore drill ${escapeHtml(result.id)}</title><style>${style}</style></head><body>
<h1>Restore drill of ${escapeHtml(result.stack)}: ${verdict(result.passed)}</h1>
<table>${facts.join("\n")}</table>
<h2>Assertions</h2><table><tr><th></th><th>assertion</th><th>found</th></tr>
${rows.join("\n")}</table>
<h2>History</h2><p>${passed} of ${drills} drills passed. Recovery time ${figures(recoveryTime)}; recovery point ${figures(recoveryPoint)}.</p>
${chart(history)}
<table><tr><th>began</th><th></th><th>recovery time</th><th>recovery point</th><th>assertions</th><th>failed</th></tr>
${past.join("\n")}</table>
</body></html>
`;
}

export function figures(values: Percentiles | null): string {
  if (!values) return "not measured yet";
  const trend = values.trend === null ? "" : `, the newer half at ${Math.round(values.trend * 100)} % of the older`;
  return `p50 ${duration(values.p50)}, p95 ${duration(values.p95)}${trend}`;
}

/** Recovery times of the drills that passed, oldest first; one that failed is a red line. */
function chart(history: DrillRecord[]): string {
  const shown = history.slice(-60);
  const most = Math.max(1, ...shown.map(({ recoveryTimeMs }) => recoveryTimeMs ?? 0));
  const width = 100 / Math.max(shown.length, 1);
  const bars = shown.map(({ passed, recoveryTimeMs, startedAt }, i) => {
    const height = passed && recoveryTimeMs !== null ? Math.max(2, (recoveryTimeMs / most) * 76) : 80;
    const title = `<title>${escapeHtml(startedAt)}: ${passed ? time(recoveryTimeMs) : "failed"}</title>`;
    const fill = passed ? "#3b82c4" : "#b00020";
    return `<rect x="${(i * width).toFixed(2)}%" y="${(80 - height).toFixed(1)}" width="${(width * 0.8).toFixed(2)}%" height="${height.toFixed(1)}" fill="${fill}">${title}</rect>`;
  });
  return `<svg role="img" aria-label="recovery times of the last ${shown.length} drills">${bars.join("")}</svg>`;
}
