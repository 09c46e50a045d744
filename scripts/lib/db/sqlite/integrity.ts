import { isLent } from "./collations.ts";
import { isSqliteError } from "./errors.ts";
import type { SourceFile } from "./open.ts";

/** Files up to this size, in bytes, get the full check; it looks each row up in each index, 4 s for 230 MB. */
const fullCheckLimit = 64e6;

/**
 * What SQLite's own check finds wrong; empty for a whole file. Bigger files get `quick_check`, which reads every page and
 * row but does not compare indexes with their tables: nothing of an index is moved.
 * @param bytes the file's size
 */
export function checkIntegrity(source: SourceFile, bytes: number): string[] {
  // Tables that stand in another order than they are declared in would all be called damaged.
  if (
    source
      .prepare("SELECT sql FROM sqlite_schema")
      .all()
      .some(([sql]) => isLent(String(sql)))
  )
    return [];
  try {
    return source
      .prepare(bytes <= fullCheckLimit ? "PRAGMA integrity_check" : "PRAGMA quick_check")
      .all()
      .map(([line]) => String(line))
      .filter((line) => line !== "ok");
  } catch (error) {
    // An application's own collation or function: the file is whole, only not all of it can be checked from here.
    const cause = error instanceof Error ? error.cause : undefined;
    if (isSqliteError(cause) && (cause.errcode & 0xff) === 1) return [];
    throw error;
  }
}

/** Findings that leave every row where a scan of its table finds it: rules that rows break, indexes that do not agree. */
const ofRulesAndIndexes =
  /^(CHECK constraint failed in |\S+ value in |malformed inverted index|unable to validate the inverted index|.*\bindex\b)/;

/**
 * The findings that mean damage: a tree or a page is broken, and rows can be missing from a scan that ends without an error.
 * Then source and target would be equal, and short.
 * @param findings of `checkIntegrity`
 */
export function damageAmong(findings: string[]): string[] {
  return findings.filter((line) => !ofRulesAndIndexes.test(line));
}
