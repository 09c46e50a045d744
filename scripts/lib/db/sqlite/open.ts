import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { checkFile } from "./check.ts";
import { toSourceError } from "./errors.ts";

/** A value as SQLite stores it: integers are bigints, so that 1 and 1.0 differ and 2^53+1 is exact; reals are numbers. */
export type SqlValue = null | bigint | number | string | Uint8Array;
export type SqlRow = SqlValue[];

/** A prepared statement. Rows are arrays. Invalid UTF-8 in a text arrives as U+FFFD: read CAST(x AS BLOB) for its bytes. */
export interface SourceStatement {
  /** All rows at once; of big tables some hundred at a time (`LIMIT`), which is quicker than `iterate`. */
  all(...parameters: SqlValue[]): SqlRow[];
  get(...parameters: SqlValue[]): SqlRow | undefined;
  iterate(...parameters: SqlValue[]): IterableIterator<SqlRow>;
}

/** A SQLite file that is open for reading. Whatever its methods throw is a LandfallError "source". */
export interface SourceFile {
  readonly file: string;
  prepare(sql: string): SourceStatement;
  close(): void;
}

export interface OpenOptions {
  /** Skips locks and logs: only for a file that nobody can be writing. */
  immutable?: boolean;
  /** How long to wait for a writer's lock, in ms; 10,000 unless given. */
  timeout?: number;
}

/**
 * Opens a SQLite file for reading only.
 * @throws {LandfallError} source, with the cause: missing, not SQLite, encrypted, truncated, damaged, locked, …
 */
export function openSource(file: string, options: OpenOptions = {}): SourceFile {
  checkFile(file);
  const database = openDatabase(file, options);
  return {
    file,
    prepare: (sql) => guard(file, () => wrap(file, database.prepare(sql))),
    close: () => database.close(),
  };
}

/** The same without the wrapper, for what needs node:sqlite's own object. Only for scripts/lib/db. */
export function openDatabase(file: string, options: OpenOptions = {}): DatabaseSync {
  return guard(file, () => {
    const database = new DatabaseSync(options.immutable ? `${pathToFileURL(file).href}?immutable=1` : file, {
      readOnly: true,
      readBigInts: true,
      returnArrays: true,
      timeout: options.timeout ?? 10_000,
      // Old schemas write "x" where they mean 'x'.
      enableDoubleQuotedStringLiterals: true,
      enableForeignKeyConstraints: false,
    });
    try {
      // The first read is what tells a database from something else; the second pragma guards against crafted pages.
      database.exec("PRAGMA cell_size_check = ON; SELECT count(*) FROM sqlite_schema");
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

function wrap(file: string, statement: StatementSync): SourceStatement {
  const parameters = (values: SqlValue[]) => values as (null | bigint | number | string | Uint8Array<ArrayBuffer>)[];
  return {
    all: (...values) => guard(file, () => whole(statement.all(...parameters(values)) as unknown as SqlRow[])),
    get: (...values) => guard(file, () => statement.get(...parameters(values)) as unknown as SqlRow | undefined),
    iterate: (...values) => guardEach(file, statement.iterate(...parameters(values)) as unknown as Iterator<SqlRow>),
  };
}

/** node:sqlite gives nothing at all, and no error, where a text is longer than a string can be. */
function whole<T>(result: T | undefined): T {
  if (result !== undefined) return result;
  throw Object.assign(new Error("a text is too long for a string"), { code: "ERR_STRING_TOO_LONG" });
}

function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toSourceError(error, file);
  }
}

function* guardEach(file: string, rows: Iterator<SqlRow>): IterableIterator<SqlRow> {
  try {
    for (let next = whole(rows.next()); !next.done; next = whole(rows.next())) yield next.value;
  } catch (error) {
    throw toSourceError(error, file);
  } finally {
    rows.return?.();
  }
}
