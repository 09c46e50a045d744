import type { ColumnProfile, TableProfile } from "../model/profile.ts";
import type { MigrationReport, ReportColumn, ReportTable } from "../model/results.ts";
import type { ReportInput } from "./input.ts";
import { projectVersion } from "./version.ts";

/** Puts together what a reader wants to know of a run. Plain data: report.json is this, and the page shows nothing else. */
export function buildReport(input: ReportInput, now: Date): MigrationReport {
  const { run, verdict, snapshot, catalog, plan, load, finish, verify } = input;
  const { problem } = verdict;
  return {
    version: 1,
    writtenAt: now.toISOString(),
    verdict: { exit: verdict.exit, text: verdict.text, ...(problem ? { problem } : {}) },
    run,
    versions: {
      landfall: projectVersion(),
      node: process.versions.node,
      sqlite: process.versions.sqlite ?? "unknown",
      server: verify.server ?? "unknown",
    },
    snapshot,
    source: { encoding: catalog.encoding, views: catalog.views.length, triggers: catalog.triggers.length },
    schema: plan.schema,
    tables: tablesOf(input),
    accounts: plan.accounts,
    load: { durationMs: load.durationMs, bytes: load.bytes },
    finish,
    verify,
  };
}

function tablesOf({ plan, catalog, profile, load, verify }: ReportInput): ReportTable[] {
  const loads = new Map(load.tables.map((one) => [one.source, one]));
  const declared = new Map(catalog.tables.map((one) => [one.name, one]));
  const proofs = new Map(verify.tables.map((one) => [one.source, one]));
  const profiles = new Map(profile.tables.map((one) => [one.name, one]));
  return plan.tables.map(({ source, target, columns }) => {
    const loaded = loads.get(source);
    const proof = proofs.get(source);
    return {
      source,
      target,
      rows: proof?.rows ?? loaded?.rows ?? 0,
      loaded: loaded?.loaded ?? 0,
      quarantined: loaded?.quarantined ?? 0,
      digest: proof?.digest ?? "",
      equal: proof?.equal ?? false,
      columns: columns.map(
        (column): ReportColumn => ({
          source: column.source,
          target: column.target,
          declared: declared.get(source)?.columns.find(({ name }) => name === column.source)?.declaredType ?? "",
          type: column.type,
          reason: column.reason,
          found: foundIn(profiles.get(source), column.source),
        }),
      ),
    };
  });
}

/** What the profile saw in a column, in a few words: `12 texts, 3 NULLs`. */
function foundIn(profile: TableProfile | undefined, name: string): string {
  const column = profile?.columns.find((one) => one.name === name);
  if (!column) return "";
  const counts = countsOf(column).filter(([count]) => count > 0);
  return counts.map(([count, what]) => `${count.toLocaleString("en-US")} ${what}`).join(", ") || "no rows";
}

const countsOf = ({ integers, reals, texts, blobs, nulls }: ColumnProfile): [number, string][] => [
  [integers?.count ?? 0, "INTEGER"],
  [reals?.count ?? 0, "REAL"],
  [texts?.count ?? 0, "TEXT"],
  [blobs?.count ?? 0, "BLOB"],
  [nulls, "NULL"],
];
