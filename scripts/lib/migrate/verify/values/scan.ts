import { isMainThread } from "node:worker_threads";
import { quoteIdentifier } from "../../../db/postgres/identifiers.ts";
import { openSource, type SourceFile, type SqlRow } from "../../../db/sqlite/open.ts";
import type { SourceCatalog } from "../../model/source.ts";
import { RawText, type SourceValue } from "../canonical/value.ts";

/** What to read of the snapshot: columns of a table or view, all rows or those of a range of rowids. */
export interface ScanQuery {
  file: string;
  encoding: SourceCatalog["encoding"];
  /** Name of the table or view. */
  from: string;
  columns: string[];
  range?: RowRange | undefined;
}

/** Rowids from `first` to `last`, both included, as decimal strings. */
export interface RowRange {
  rowid: string;
  first: string;
  last: string;
  /** Rows that are read at once, as many as fit into memory well; one at a time where it is not given, which is slower. */
  batch?: number | undefined;
}

/** Takes a row; the array is used again for the next one in no case. */
export type Visit = (row: SourceValue[]) => void;

/**
 * Reads rows, one at a time. Texts come as strings; where one holds U+FFFD, which is what node:sqlite puts in place of
 * invalid bytes, the whole scan begins anew and reads texts as bytes. In a file of UTF-16, SQLite itself makes some character
 * beyond U+FFFF of a lone surrogate and what follows it.
 * @param begin called at each beginning; its visitor sees the rows
 */
export function scan(query: ScanQuery, begin: () => Visit): void {
  const source = opened(query.file);
  try {
    if (!readAsStrings(source, query, begin())) readAsBytes(source, query, begin());
  } finally {
    if (isMainThread) source.close();
  }
}

/** A reader's own thread ends with the verification. */
let last: { file: string; source: SourceFile } | undefined;

/**
 * Opens the snapshot, in a reader's thread once for all tasks: opening reads the whole schema, which for each of thousands of
 * small tables would be most of the work.
 */
function opened(file: string): SourceFile {
  if (isMainThread) return openSource(file, { immutable: true });
  if (last?.file !== file) {
    last?.source.close();
    last = { file, source: openSource(file, { immutable: true }) };
  }
  return last.source;
}

/** @returns false as soon as a text is met that a string may not show truly, or that is longer than a string can be */
function readAsStrings(source: SourceFile, query: ScanQuery, visit: Visit): boolean {
  const isDoubtful =
    query.encoding === "UTF-8"
      ? (text: string) => text.includes("\ufffd")
      : (text: string) => /[\ufffd\ud800-\udfff]/.test(text);
  try {
    for (const rows of batches(source, query)) {
      for (const row of rows) {
        for (let i = 0; i < row.length; i++) {
          const value = row[i];
          if (typeof value === "string" && isDoubtful(value)) return false;
        }
        visit(row);
      }
    }
    return true;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if ((cause as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG") return false;
    throw error;
  }
}

/** The rows as they come, or some at a time in the order of their rowids, which then is a column behind the others. */
function* batches(source: SourceFile, query: ScanQuery): Generator<Iterable<SqlRow>> {
  const { columns, range } = query;
  const names = columns.map(column);
  if (range?.batch === undefined) {
    yield source.prepare(`SELECT ${names.join(", ")} ${tail(query)}`).iterate(...limits(query));
    return;
  }
  const { batch } = range;
  const rowid = column(range.rowid);
  const statement = source.prepare(
    `SELECT ${[...names, rowid].join(", ")} ${tail(query)} ORDER BY ${rowid} LIMIT ${batch}`,
  );
  let [next, last] = [BigInt(range.first), BigInt(range.last)];
  for (;;) {
    const rows = statement.all(next, last);
    yield rows;
    const end = rows.at(-1)?.at(-1);
    if (rows.length < batch || typeof end !== "bigint" || end === last) return;
    next = end + 1n;
  }
}

/** Columns whose storage classes come in one text: longer expressions are too deep for SQLite. */
const classesTogether = 100;

/** Each value, texts as blobs, and behind them the first letters of their storage classes. */
function readAsBytes(source: SourceFile, query: ScanQuery, visit: Visit): void {
  const names = query.columns.map(column);
  const values = names.map((name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`);
  const classes: string[] = [];
  for (let at = 0; at < names.length; at += classesTogether) {
    const letters = names.slice(at, at + classesTogether).map((name) => `substr(typeof(${name}), 1, 1)`);
    classes.push(letters.join(" || "));
  }
  const decode = decoder(query.encoding);
  const sql = `SELECT ${[...values, ...classes].join(", ")} ${tail(query)}`;
  for (const row of source.prepare(sql).iterate(...limits(query))) {
    const letters = row.slice(names.length).join("");
    visit(names.map((_, i) => (letters[i] === "t" ? decode(row[i] as Uint8Array) : (row[i] as SourceValue))));
  }
}

/** Bytes of a text → a string, or a RawText where they are not valid or too many. */
function decoder(encoding: SourceCatalog["encoding"]): (bytes: Uint8Array) => string | RawText {
  const name = encoding.toLowerCase();
  const strict = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder(name, { ignoreBOM: true });
  // Node's limit on a string's length, in UTF-16 units; bytes are never fewer.
  const longest = 0x1fff_ffe8;
  return (bytes) => {
    if (bytes.length > longest && encoding === "UTF-8") return new RawText(bytes, undefined);
    try {
      return strict.decode(bytes);
    } catch {
      return new RawText(bytes, lenient.decode(bytes));
    }
  };
}

// Qualified, because SQLite reads an unknown name in double quotes as a text.
const column = (name: string) => `t.${quoteIdentifier(name)}`;

function tail({ from, range }: ScanQuery): string {
  const where = range ? ` WHERE t.${quoteIdentifier(range.rowid)} BETWEEN ? AND ?` : "";
  return `FROM main.${quoteIdentifier(from)} AS t${where}`;
}

const limits = ({ range }: ScanQuery) => (range ? [BigInt(range.first), BigInt(range.last)] : []);
