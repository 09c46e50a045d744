import { existsSync, statSync } from "node:fs";
import type { FileFacts } from "../../db/sqlite/check.ts";

/**
 * How to copy a source without writing anything beside it:
 * - locked: SQLite's locks; another program may be at the file.
 * - quiet:  a WAL database without a log has nobody at it; opening it the usual way would leave a log there.
 * - staged: a log or journal that nobody holds was left by a program that died; SQLite would have to write to read it.
 */
export type Way = "locked" | "quiet" | "staged";

export function chooseWay(file: string, facts: FileFacts): Way {
  if (!facts.wal) return "locked";
  // Whoever has a WAL database open has FILE-shm there.
  if (existsSync(`${file}-shm`)) return "locked";
  return facts.walBytes > 0 ? "staged" : "quiet";
}

/** What changes whenever somebody writes to a database: to be compared before and after a copy without locks. */
export function stamp(file: string): string {
  return ["", "-wal", "-journal"]
    .map((suffix) => statSync(file + suffix, { bigint: true, throwIfNoEntry: false }))
    .map((found) => (found && found.size > 0n ? `${found.ino}:${found.size}:${found.mtimeNs}` : "none"))
    .join(" ");
}
