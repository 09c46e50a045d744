import { LandfallError } from "../../../cli/errors.ts";
import { counted } from "../../../cli/table.ts";
import type { SourceCatalog } from "../../model/source.ts";
import type { SourceValue } from "../canonical/value.ts";
import { showValue } from "../values/raw-row.ts";
import { scan } from "../values/scan.ts";
import { closeNumber, type ViewColumn, viewForm } from "./forms.ts";
import { type ViewRows, ViewSums } from "./sums.ts";

export interface SourceViewQuery {
  file: string;
  encoding: SourceCatalog["encoding"];
  view: string;
  columns: ViewColumn[];
  keep: boolean;
  /** How long the view may go on giving rows, in ms: one that calls itself without an end never stops. */
  limitMs: number;
}

/** What is said of a view that was still giving rows after its time. */
export function stillGivingRows(where: string, rows: number, limitMs: number): LandfallError {
  const text = `${where} it was still giving rows after ${limitMs / 1000} s (${counted(rows, "row")})`;
  return new LandfallError(
    "different",
    text,
    "does it call itself without an end? Waive it by name in the mapping file",
  );
}

/** Runs a view in SQLite on the snapshot. */
export function sourceView({ file, encoding, view, columns, keep, limitMs }: SourceViewQuery): ViewRows {
  let sums = new ViewSums(keep);
  const forms = columns.map(viewForm);
  const until = Date.now() + limitMs;
  scan({ file, encoding, from: view, columns: columns.map(({ source }) => source) }, () => {
    sums = new ViewSums(keep);
    return (row) => {
      if (sums.result.rows % 1_000 === 999 && Date.now() > until) {
        throw stillGivingRows("in SQLite", sums.result.rows, limitMs);
      }
      const value = (i: number) => row[i] as SourceValue;
      sums.add(
        columns.flatMap(({ approximate }, i) => (approximate ? [] : [forms[i]?.(value(i)) ?? null])),
        columns.flatMap(({ approximate }, i) => (approximate ? [closeNumber(value(i))] : [])),
        () => columns.map(({ source }, i) => `${source} = ${showValue(value(i))}`).join(", "),
      );
    };
  });
  return sums.result;
}
