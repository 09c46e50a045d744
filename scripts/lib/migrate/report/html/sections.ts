import { bytes, count, counted, duration } from "../../../cli/table.ts";
import type { MigrationReport, ReportTable } from "../../model/results.ts";
import { html, type Markup } from "./markup.ts";
import { bars, beginning, code, grid, mark, type Tone } from "./parts.ts";

const tones: Record<string, Tone> = { ok: "good", quarantined: "warn", undecided: "warn" };

export function verdictSection({ verdict, verify, load, tables, run }: MigrationReport): Markup {
  const tone = tones[verdict.exit] ?? "bad";
  const quarantined = tables.reduce((sum, table) => sum + table.quarantined, 0);
  const total = Object.values(run.steps).reduce((sum, step) => sum + (step?.durationMs ?? 0), 0);
  const fact = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<div class="verdict ${tone}"><strong>${verdict.text}</strong>
<p>${counted(verify.values, "value")} in ${counted(verify.rows, "row")} of ${counted(tables.length, "table")} compared one with another.</p>
${verdict.problem !== undefined && html`<p>${verdict.problem.message}</p><p>Try: ${verdict.problem.hint}</p>`}</div>
<dl class="facts">${[
    fact("rows", count(verify.rows)),
    fact("differences", count(verify.differenceCount)),
    fact("in quarantine", count(quarantined)),
    fact("time in all", duration(total)),
    fact("copied at", speed(verify.rows, load.durationMs)),
    fact("verified at", speed(verify.rows, verify.durationMs)),
  ]}</dl>`;
}

function speed(rows: number, ms: number): string {
  return ms === 0 ? "–" : `${count(Math.round((rows * 1000) / ms))} rows/s`;
}

export function checksSection({ verify }: MigrationReport): Markup {
  const rows = verify.checks.map(({ name, passed, detail }) => [
    name,
    passed ? mark("good", "holds") : mark("bad", "fails"),
    detail,
  ]);
  return html`<section><h2>Checks</h2>${grid(["check", "result", "what was found"], rows)}</section>`;
}

/** Differences that are shown; report.json lists more. */
const mostShown = 100;

export function differencesSection({ verify }: MigrationReport): Markup {
  if (verify.differences.length === 0) return html``;
  const rows = verify.differences
    .slice(0, mostShown)
    .map(({ kind, table, key, column, source, target }) => [
      kind,
      code([table, column].filter((part) => part !== null).join(".")),
      key ?? "",
      code(source ?? ""),
      code(target ?? ""),
    ]);
  const more =
    verify.differenceCount > rows.length &&
    html`<p>The first ${rows.length} of ${count(verify.differenceCount)}; report.json lists up to 1,000.</p>`;
  return html`<section><h2>Differences</h2>${more}${grid(["kind", "where", "row", "in the source", "in the target"], rows)}</section>`;
}

export function timesSection({ run, load, verify, snapshot }: MigrationReport): Markup {
  // The rows are compared beside the load and the finish; what the step took is what was left of it.
  const left = run.steps.verify?.durationMs ?? 0;
  const beside = left < verify.durationMs ? `, ${duration(left)} of it after the steps before` : "";
  const steps = Object.entries(run.steps).flatMap(([name, step]) =>
    step ? [{ name, value: step.durationMs, shown: duration(step.durationMs) }] : [],
  );
  return html`<section><h2>Time</h2>
<p>Snapshot of ${bytes(snapshot.bytes)}; ${bytes(load.bytes)} copied in ${duration(load.durationMs)}; every value compared in ${duration(verify.durationMs)}${beside}.</p>
${bars(steps)}</section>`;
}

/** Tables that are drawn as bars: the largest. */
const mostBars = 12;

export function tablesSection({ tables }: MigrationReport): Markup {
  const largest = [...tables].sort((a, b) => b.rows - a.rows).slice(0, mostBars);
  const chart = bars(largest.map(({ source, rows }) => ({ name: source, value: rows, shown: counted(rows, "row") })));
  const rows = tables.map(({ source, target, rows, loaded, quarantined, digest, equal }) => [
    code(source),
    code(target),
    count(rows),
    count(loaded),
    count(quarantined),
    equal ? mark("good", "equal") : mark("bad", "differs"),
    code(digest),
  ]);
  const head = ["table", "in the target", ">rows", ">loaded", ">quarantined", "proof", "digest"];
  return html`<section><h2>Tables</h2>${tables.length > mostBars && html`<p>The largest ${mostBars} of ${count(tables.length)}, and all of them below.</p>`}${tables.length > 1 && chart}
<p>Loaded and quarantined rows make up those of the source. A digest is the sum of a 64-bit hash of every row, the same on both sides.</p>
${grid(head, rows)}</section>`;
}

/** Tables whose columns are shown one by one. */
const mostDetailed = 500;

export function columnsSection({ tables }: MigrationReport): Markup {
  const one = ({ source, target, columns }: ReportTable) => {
    const rows = columns.map((column) => [
      code(column.source),
      code(column.declared),
      column.found,
      code(column.target === column.source ? column.type : `${column.target} ${column.type}`),
      column.reason,
    ]);
    const name = target === source ? source : `${source} → ${target}`;
    return html`<details${tables.length === 1 && html` open`}><summary>${name}<span>${counted(columns.length, "column")}</span></summary>${grid(
      ["column", "declared", "found", "in the target", "why"],
      rows,
    )}</details>`;
  };
  const { shown, note } = beginning(tables, mostDetailed, "tables");
  return html`<section><h2>Columns</h2><p>What each column became, and why.</p>${note}${shown.map(one)}</section>`;
}
