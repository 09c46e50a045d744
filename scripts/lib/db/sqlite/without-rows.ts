import { copyFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { toCopyError } from "./backup.ts";
import type { SqlValue } from "./open.ts";

/** A value of a key; a text that no string can show, by its bytes in the file's encoding. */
export type KeyValue = SqlValue | { text: Uint8Array };

export interface LeftOut {
  table: string;
  /** Columns that tell a row. */
  key: string[];
  rows: KeyValue[][];
}

/**
 * Copies a database that nobody writes, without some of its rows. No trigger runs, and no foreign key deletes anything else.
 * @throws {LandfallError} source, where SQLite cannot delete them (an index over a function that it does not have); machine,
 * where the copy cannot be written. There is no copy then.
 */
export function copyWithoutRows(file: string, copy: string, leftOut: LeftOut[]): void {
  let database: DatabaseSync | undefined;
  try {
    copyFileSync(file, copy);
    database = new DatabaseSync(copy, {
      returnArrays: true,
      enableForeignKeyConstraints: false,
      enableDoubleQuotedStringLiterals: true,
    });
    database.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE; PRAGMA cell_size_check = ON; BEGIN");
    const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const [name] of triggers as unknown as string[][]) {
      database.exec(`DROP TRIGGER ${quoteIdentifier(name as string)}`);
    }
    for (const one of leftOut) leaveOut(database, one);
    database.exec("COMMIT");
  } catch (error) {
    database?.close();
    database = undefined;
    rmSync(copy, { force: true });
    throw toCopyError(error, file, copy);
  } finally {
    database?.close();
  }
}

function leaveOut(database: DatabaseSync, { table, key, rows }: LeftOut): void {
  for (const row of rows) {
    const where = key.map((name, i) => `${quoteIdentifier(name)} IS ${isBytes(row[i]) ? "CAST(? AS TEXT)" : "?"}`);
    const values = row.map((value) => (isBytes(value) ? value.text : value));
    database
      .prepare(`DELETE FROM main.${quoteIdentifier(table)} WHERE ${where.join(" AND ")}`)
      .run(...(values as (null | bigint | number | string | Uint8Array<ArrayBuffer>)[]));
  }
}

const isBytes = (value: KeyValue | undefined): value is { text: Uint8Array } =>
  typeof value === "object" && value !== null && "text" in value;
