import { rmSync } from "node:fs";
import { join } from "node:path";
import { LandfallError } from "../../../cli/errors.ts";
import { copyWithoutRows, type KeyValue, type LeftOut } from "../../../db/sqlite/without-rows.ts";
import type { Plan, TablePlan } from "../../model/plan.ts";
import type { SourceCatalog } from "../../model/source.ts";
import { RawText, type SourceValue } from "../canonical/value.ts";
import type { QuarantineDigest } from "../values/prove.ts";
import { scan } from "../values/scan.ts";
import { RawHash } from "../values/tasks.ts";

/** What the source's views are run on. */
export interface ViewFile {
  file: string;
  /** Rows in quarantine, which the target's views cannot show. */
  quarantined: number;
  /** Whether the file is without them. */
  without: boolean;
  discard: () => void;
}

/**
 * The target's views show no row that is in quarantine: where there are some, the source's run on a copy of the snapshot
 * without them, in the run's folder. On the snapshot itself where they cannot be taken out.
 */
export function viewFile(
  snapshot: string,
  catalog: SourceCatalog,
  plan: Plan,
  quarantine: Map<string, QuarantineDigest>,
  folder: string,
): ViewFile {
  const quarantined = [...quarantine.values()].reduce((sum, { rows }) => sum + rows, 0);
  const whole = { file: snapshot, quarantined, without: false, discard: () => {} };
  if (quarantined === 0 || !plan.objects.some(({ kind }) => kind === "view")) return whole;
  const leftOut = plan.tables.flatMap((table) => rowsOf(snapshot, catalog, table, quarantine.get(table.source)));
  if (leftOut.reduce((sum, { rows }) => sum + rows.length, 0) !== quarantined) return whole;
  const file = join(folder, "without-quarantine.sqlite");
  rmSync(file, { force: true });
  try {
    copyWithoutRows(snapshot, file, leftOut);
  } catch (error) {
    if (!(error instanceof LandfallError) || error.code !== "source") throw error;
    return whole;
  }
  return { file, quarantined, without: true, discard: () => rmSync(file, { force: true }) };
}

/** The rows of a table that are in quarantine, by what tells them. Of twins some: they are alike. */
function rowsOf(
  file: string,
  { encoding, tables }: SourceCatalog,
  plan: TablePlan,
  quarantine: QuarantineDigest | undefined,
): LeftOut[] {
  const table = tables.find(({ name }) => name === plan.source);
  if (!quarantine || !table || table.kind !== "table") return [];
  const key = table.rowidName !== null ? [table.rowidName] : table.withoutRowid ? table.primaryKey : [];
  if (key.length === 0) return [];
  const loaded = plan.columns.filter(({ generated }) => generated === null);
  const raw = new RawHash(loaded.map(() => ({ generated: false })));
  let rows: KeyValue[][] = [];
  scan({ file, encoding, from: plan.source, columns: [...loaded.map(({ source }) => source), ...key] }, () => {
    const left = new Map(Object.entries(quarantine.hashes));
    rows = [];
    return (row) => {
      const hash = String(raw.of(row));
      const times = left.get(hash) ?? 0;
      if (times === 0) return;
      left.set(hash, times - 1);
      rows.push(row.slice(loaded.length).map(keyValue));
    };
  });
  return [{ table: plan.source, key, rows }];
}

const keyValue = (value: SourceValue): KeyValue => (value instanceof RawText ? { text: value.bytes } : value);
