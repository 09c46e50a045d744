import { rootPage, storedLayout } from "../../db/sqlite-pages/layout.ts";
import type { PageFile } from "../../db/sqlite-pages/page-file.ts";
import { StoredRow } from "../../db/sqlite-pages/stored-row.ts";
import { type Leaf, TablePages } from "../../db/sqlite-pages/table-pages.ts";
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
    const work: Work = { first, last, scan, progress, rows: 0, others: 0, waiting: 0, runFrom: 1, runTo: 0 };
    for (const leaf of this.#pages.leaves(first)) {
      if (!this.#scanLeaf(leaf, work)) break;
      if (work.waiting < rowsAtOnce) continue;
      progress(work.waiting);
      work.waiting = 0;
    }
    this.#endRun(work);
    progress(work.waiting);
  }

  /** A method of its own, so that it is compiled as one, and not the loop around it again and again. @returns whether to go on */
  #scanLeaf(leaf: Leaf, work: Work): boolean {
    const row = this.#row;
    for (let i = 0; i < leaf.count; i++) {
      const whole = row.read(leaf, i);
      if (row.rowid < work.first) continue;
      if (row.rowid > work.last) return false;
      work.rows += 1;
      // What a row from before an ALTER TABLE lacks is the column's default.
      if (whole && row.fields >= this.#complete) {
        if (work.runFrom <= work.runTo) this.#endRun(work);
        this.#add(work.scan);
        work.waiting += 1;
      } else if (!lengthenRun(work, row.rowid)) return false;
    }
    return true;
  }

  #endRun(work: Work): void {
    if (work.runFrom > work.runTo) return;
    this.#throughSqlite ??= rangeScanner(this.#reading);
    this.#throughSqlite({ from: BigInt(work.runFrom), to: BigInt(work.runTo) }, work.scan, work.progress);
    work.runFrom = 1;
    work.runTo = 0;
  }

  #add(scan: TableScan): void {
    const { columns } = scan;
    scan.rows += 1;
    for (let i = 0; i < columns.length; i++)
      columns[i]?.addStored(this.#row, this.#fields[i] as number, this.#real[i] as boolean);
  }
}

/** What a range has come to. */
interface Work {
  readonly first: number;
  readonly last: number;
  readonly scan: TableScan;
  readonly progress: Progress;
  rows: number;
  /** Of them, those that are read through SQLite. */
  others: number;
  /** Rows that the progress was not told of yet. */
  waiting: number;
  /** The first and last of others side by side that are still to be read; none where the first lies behind the last. */
  runFrom: number;
  runTo: number;
}

/** @returns false where all rows that are left are to be read through SQLite */
function lengthenRun(work: Work, rowid: number): boolean {
  work.others += 1;
  if (work.runFrom > work.runTo) work.runFrom = rowid;
  const few = work.others <= fewOthers || work.others <= work.rows / 10;
  work.runTo = few ? rowid : work.last;
  return few;
}
