import type { ColumnProfile, Profile } from "../model/profile.ts";
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
    tables: plan.tables.map((table) => tableOf(table.source, input)),
    accounts: plan.accounts,
    load: { durationMs: load.durationMs, bytes: load.bytes },
    finish,
    verify,
  };
}

function tableOf(source: string, { plan, catalog, profile, load, verify }: ReportInput): ReportTable {
  const table = plan.tables.find((one) => one.source === source);
  const loaded = load.tables.find((one) => one.source === source);
  const declared = catalog.tables.find((one) => one.name === source)?.columns ?? [];
  const proof = verify.tables.find((one) => one.source === source);
  return {
    source,
    target: table?.target ?? source,
    rows: proof?.rows ?? loaded?.rows ?? 0,
    loaded: loaded?.loaded ?? 0,
    quarantined: loaded?.quarantined ?? 0,
    digest: proof?.digest ?? "",
    equal: proof?.equal ?? false,
    columns: (table?.columns ?? []).map(
      (column): ReportColumn => ({
        source: column.source,
        target: column.target,
        declared: declared.find(({ name }) => name === column.source)?.declaredType ?? "",
        type: column.type,
        reason: column.reason,
        found: foundIn(profile, source, column.source),
      }),
    ),
  };
}

/** What the profile saw in a column, in a few words: `12 texts, 3 NULLs`. */
function foundIn(profile: Profile, table: string, name: string): string {
  const columns = profile.tables.find((one) => one.name === table)?.columns;
  const column = columns?.find((one) => one.name === name);
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
