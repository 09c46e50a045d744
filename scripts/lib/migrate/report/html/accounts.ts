import { counted } from "../../../cli/table.ts";
import type { Account } from "../../model/plan.ts";
import type { MigrationReport } from "../../model/results.ts";
import { html, type Markup } from "./markup.ts";
import { beginning, block, code, grid, mark, type Tone } from "./parts.ts";

const ends: { outcome: Account["outcome"]; tone: Tone; meaning: string; open: boolean }[] = [
  { outcome: "undecided", tone: "bad", meaning: "nobody has decided on these yet", open: true },
  { outcome: "waived", tone: "warn", meaning: "left behind by the user's word", open: true },
  { outcome: "translated", tone: "good", meaning: "became something that does the same", open: false },
  { outcome: "migrated", tone: "good", meaning: "are there as they were", open: false },
];

/** Of those that are there as they were; all that need a look are shown. */
const mostMigrated = 5_000;

/** Every object of the source, by its end. */
export function accountsSection({ accounts }: MigrationReport): Markup {
  const groups = ends.flatMap(({ outcome, tone, meaning, open }) => {
    const list = accounts.filter((account) => account.outcome === outcome);
    if (list.length === 0) return [];
    const { shown, note } = beginning(list, outcome === "migrated" ? mostMigrated : list.length, "objects");
    return html`<details${open && html` open`}><summary>${mark(tone, `${list.length} ${outcome}`)}<span>${meaning}</span></summary>${note}${grid(
      ["object", "in SQLite", "in PostgreSQL", "why"],
      shown.map(({ key, source, target, reason }) => [code(key), sql(source), sql(target ?? ""), reason]),
    )}</details>`;
  });
  return html`<section><h2>Objects</h2><p>Every object of the source ends in exactly one of these.</p>${groups}</section>`;
}

const sql = (text: string) => (text === "" ? html`` : block(text));

/** What the source broke, and what came of it. */
export function brokenSection({ snapshot, finish, tables }: MigrationReport): Markup {
  const rows = [
    ...snapshot.integrity.map((line) => ["the snapshot's integrity", line]),
    ...snapshot.foreignKeyViolations.map(({ table, parent, rows }) => [
      `foreign key of ${table}`,
      `${counted(rows, "row refers", "rows refer")} to rows of ${parent} that are not there`,
    ]),
    ...finish.notValid.map(({ name, reason }) => [name, reason]),
    ...tables
      .filter(({ quarantined }) => quarantined > 0)
      .map(({ source, quarantined }) => [
        `rows of ${source}`,
        `${quarantined} in quarantine: see quarantine.jsonl beside this page`,
      ]),
  ];
  if (rows.length === 0) return html``;
  return html`<section><h2>What the source broke</h2>${grid(["what", "how"], rows)}</section>`;
}
