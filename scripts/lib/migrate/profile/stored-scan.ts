import { rootPage, storedLayout } from "../../db/sqlite-pages/layout.ts";
import type { PageFile } from "../../db/sqlite-pages/page-file.ts";
import { StoredRow } from "../../db/sqlite-pages/stored-row.ts";
import { TablePages } from "../../db/sqlite-pages/table-pages.ts";
import { type Progress, type Range, type Reading, rangeScanner, type TableScan } from "./scan.ts";

/** Rowids beyond are not exact here. */
const mostRowid = BigInt(Number.MAX_SAFE_INTEGER);
/** Rows between two calls of the progress. */
const rowsAtOnce = 400;
/** Rows of a range that may be read through SQLite one by one; more than that and than a tenth, and all that are left are. */
const fewOthers = 200;

/** Scans the rows of one table as they stand in the file's pages: a third of the time that SQLite's values take. */
export class StoredScan {
  readonly #pages: TablePages;
  readonly #row: StoredRow;
  readonly #fields: Int32Array;
  readonly #real: boolean[];
  readonly #complete: number;
  readonly #reading: Reading;
  #throughSqlite: ReturnType<typeof rangeScanner> | undefined;

  private constructor(
    pages: TablePages,
    row: StoredRow,
    columns: { field: number; real: boolean }[],
    reading: Reading,
  ) {
    this.#pages = pages;
    this.#row = row;
    this.#fields = Int32Array.from(columns, ({ field }) => field);
    this.#real = columns.map(({ real }) => real);
    this.#complete = columns.reduce((most, { field }) => Math.max(most, field + 1), 0);
    this.#reading = reading;
  }

  /** @returns null where the table's rows are not of the kind */
  static of(reading: Reading, file: PageFile): StoredScan | null {
    const { source, encoding, table } = reading;
    const names = table.columns.map(({ name }) => name);
    const layout = encoding === "UTF-8" ? storedLayout(table, names) : null;
    const root = layout ? rootPage(source, table.name) : null;
    if (layout === null || root === null) return null;
    const row = new StoredRow(file, layout.fields, layout.rowidField);
    return new StoredScan(new TablePages(file, root), row, layout.columns, reading);
  }

  takes({ from, to }: Range): boolean {
    return from >= -mostRowid && to <= mostRowid;
  }

  /**
   * Scans a range that it takes.
   * @throws where a page is not what it should be. What is in `scan` then is worth nothing; SQLite's own words for it are better
   */
  scan(range: Range, scan: TableScan, progress: Progress): void {
    const [first, last] = [Number(range.from), Number(range.to)];
    const row = this.#row;
    let [rows, others, waiting] = [0, 0, 0];
    /** The first and last of rows side by side that are read through SQLite; none where `from` lies behind `to`. */
    let [from, to] = [1, 0];
    scanning: for (const leaf of this.#pages.leaves(first)) {
      for (let i = 0; i < leaf.count; i++) {
        const whole = row.read(leaf, i);
        const { rowid } = row;
        if (rowid < first) continue;
        if (rowid > last) break scanning;
        rows += 1;
        // What a row from before an ALTER TABLE lacks is the column's default.
        if (whole && row.fields >= this.#complete) {
          if (from <= to) this.#scanThroughSqlite(from, to, scan, progress);
          [from, to] = [1, 0];
          this.#add(scan);
          waiting += 1;
          continue;
        }
        others += 1;
        if (from > to) from = rowid;
        to = rowid;
        if (others <= fewOthers || others <= rows / 10) continue;
        to = last;
        break scanning;
      }
      if (waiting < rowsAtOnce) continue;
      progress(waiting);
      waiting = 0;
    }
    if (from <= to) this.#scanThroughSqlite(from, to, scan, progress);
    progress(waiting);
  }

  #scanThroughSqlite(from: number, to: number, scan: TableScan, progress: Progress): void {
    this.#throughSqlite ??= rangeScanner(this.#reading);
    this.#throughSqlite({ from: BigInt(from), to: BigInt(to) }, scan, progress);
  }

  #add(scan: TableScan): void {
    const { columns } = scan;
    scan.rows += 1;
    for (let i = 0; i < columns.length; i++)
      columns[i]?.addStored(this.#row, this.#fields[i] as number, this.#real[i] as boolean);
  }
}
