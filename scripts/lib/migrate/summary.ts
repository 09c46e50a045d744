import { relative } from "node:path";
import { bytes, count, counted, duration, table } from "../cli/table.ts";
import type { Outcome } from "../cli/verb.ts";
import type { Loaded, Migration } from "./migrate.ts";
import type { Account } from "./model/plan.ts";
import type { VerifyResult } from "./model/results.ts";

/** What `migrate` says at its end, and what it prints with --json. */
export function migrationOutcome(migration: Migration): Outcome {
  const { verdict, run, before } = migration;
  return {
    text: migrationText(migration),
    data: {
      verdict: verdict.text,
      exit: verdict.exit,
      before,
      run: run.state,
      folder: run.folder,
      snapshot: migration.snapshot,
      load: migration.load,
      finish: migration.finish,
      verify: migration.verify,
      accounts: migration.plan.accounts.filter(({ outcome }) => outcome !== "migrated"),
      accountCounts: accountCounts(migration.plan.accounts),
      switchFile: migration.switchFile,
      report: migration.report,
    },
    exit: verdict.exit,
    ...(verdict.problem ? { problem: verdict.problem } : {}),
  };
}

function migrationText(migration: Migration): string {
  const { verdict, run, before, snapshot, plan, load, verify, switchFile, report } = migration;
  const lines = [
    ...(before ? [`moved before, ${run.state.finishedAt}; --restart moves it again`, ""] : []),
    proofTable(verify),
    "",
    `${verdict.text}: ${counted(verify.rows, "row")}, ${counted(verify.values, "value")} compared, ${counted(verify.differenceCount, "difference")}`,
    `objects: ${objectsLine(plan.accounts)}`,
    ...leftOut(plan.accounts),
    `copied ${bytes(snapshot.bytes)} of SQLite in ${duration(load.durationMs)}, all of it in ${duration(wholeTime(run))}`,
    `report: ${shown(report.html)}`,
    ...(load.tables.some(({ quarantined }) => quarantined > 0)
      ? [`quarantine: ${shown(run.path("quarantine.jsonl"))}`]
      : []),
    ...(switchFile ? [`switch: ${shown(switchFile.file)} (${switchFile.variables.join(", ")})`] : []),
  ];
  return lines.join("\n");
}

/** One line a table: what was compared, and whether it is equal. */
export function proofTable({ tables, checks }: VerifyResult): string {
  const listed = worthListing(tables, ({ equal, quarantined }) => !equal || quarantined > 0);
  const rows = listed.map(({ target, rows, values, quarantined, digest, equal }) => [
    ...[target, count(rows), count(values), count(quarantined), digest, equal ? "equal" : "DIFFERENT"],
  ]);
  const failed = checks.filter(({ passed }) => !passed).map(({ name, detail }) => `FAILED ${name}: ${detail}`);
  const head = ["table", ">rows", ">values", ">quarantined", ">digest", "proof"];
  return [table(head, rows), ...more(tables, listed, "equal, and none has rows in quarantine"), ...failed].join("\n");
}

/** Tables that a terminal shows; a schema of thousands would push all else out of sight. */
const mostTables = 50;

/** All of them, in their order; of very many those that stand out, and the largest. */
function worthListing<T extends { rows: number }>(tables: T[], standsOut: (one: T) => boolean): T[] {
  if (tables.length <= mostTables) return tables;
  const special = tables.filter(standsOut);
  const others = tables.filter((one) => !standsOut(one)).sort((a, b) => b.rows - a.rows);
  const chosen = new Set([...special, ...others.slice(0, Math.max(0, mostTables - special.length))]);
  return tables.filter((one) => chosen.has(one));
}

const more = (all: unknown[], listed: unknown[], how: string): string[] =>
  all.length === listed.length ? [] : [`… and ${counted(all.length - listed.length, "smaller table")}: ${how}`];

function accountCounts(accounts: Account[]): Record<Account["outcome"], number> {
  const counts = { migrated: 0, translated: 0, waived: 0, undecided: 0 };
  for (const { outcome } of accounts) counts[outcome]++;
  return counts;
}

const objectsLine = (accounts: Account[]) =>
  Object.entries(accountCounts(accounts))
    .filter(([, number]) => number > 0)
    .map(([outcome, number]) => `${count(number)} ${outcome}`)
    .join(", ");

/** Every object that was left behind, by name: nothing is missing in silence. */
const leftOut = (accounts: Account[]) =>
  accounts
    .filter(({ outcome }) => outcome === "waived" || outcome === "undecided")
    .map(({ key, outcome, reason }) => `  ${outcome}: ${key} (${reason})`);

const wholeTime = ({ state }: Migration["run"]) =>
  Object.values(state.steps).reduce((sum, { durationMs }) => sum + durationMs, 0);

const shown = (path: string) => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

/** What `load` says at its end. */
export function loadOutcome({ run, load, finish, plan }: Loaded): Outcome {
  const listed = worthListing(load.tables, ({ quarantined }) => quarantined > 0);
  const rows = listed.map(({ source, target, rows, loaded, quarantined }) => [
    ...[source, target, count(rows), count(loaded), count(quarantined)],
  ]);
  const text = [
    table(["table", "into", ">rows", ">loaded", ">quarantined"], rows),
    ...more(load.tables, listed, "none has rows in quarantine"),
    "",
    `${bytes(load.bytes)} in ${duration(load.durationMs)}, indexes and constraints in ${duration(finish.durationMs)}; not compared yet: npm run verify`,
    `objects: ${objectsLine(plan.accounts)}`,
    ...leftOut(plan.accounts),
  ];
  return { data: { run: run.state, load, finish, accounts: plan.accounts }, text: text.join("\n") };
}
