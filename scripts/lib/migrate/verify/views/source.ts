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
}

/** Runs a view in SQLite on the snapshot. */
export function sourceView({ file, encoding, view, columns, keep }: SourceViewQuery): ViewRows {
  let sums = new ViewSums(keep);
  const forms = columns.map(viewForm);
  scan({ file, encoding, from: view, columns: columns.map(({ source }) => source) }, () => {
    sums = new ViewSums(keep);
    return (row) => {
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
