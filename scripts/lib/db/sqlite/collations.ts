import { DatabaseSync } from "node:sqlite";
import type { SqlRow } from "./open.ts";
import { tokens } from "./tokens.ts";

/**
 * SQLite cannot even scan a WITHOUT ROWID table whose columns have a collation of the application's own, as Anki's and
 * Android's files do: it says "no such collation sequence" or "no query solution". A scan compares nothing, so in the copy,
 * which is ours, such tables are declared with BINARY instead; a comment keeps what the source says.
 */
const lent = / BINARY\/\* source: (\S+) \*\//g;

/**
 * Makes such tables of a copy readable. Never for a source: it writes.
 * @returns whether there were any
 * @throws what node:sqlite throws
 */
export function lendCollations(copy: string): boolean {
  const database = new DatabaseSync(copy, {
    returnArrays: true,
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: true,
    // The schema is written below, and nothing but it.
    defensive: false,
  });
  try {
    const all = (sql: string) => database.prepare(sql).all() as unknown as SqlRow[];
    const changes = all(
      `SELECT s.rowid, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s ON s.type = 'table' AND s.name = l.name
       WHERE l.schema = 'main' AND l.wr AND l.type = 'table'`,
    ).flatMap(([rowid, sql]) => {
      const changed = lend(String(sql));
      return changed === sql ? [] : [[Number(rowid), changed] as const];
    });
    if (changes.length === 0) return false;
    database.exec("PRAGMA synchronous = OFF; PRAGMA writable_schema = ON; BEGIN");
    const update = database.prepare("UPDATE sqlite_schema SET sql = ?2 WHERE rowid = ?1");
    for (const change of changes) update.run(...change);
    database.exec("COMMIT");
    return true;
  } finally {
    database.close();
  }
}

/** SQLite's own: PRAGMA collation_list names those too that a schema only mentions. */
const own = new Set(["binary", "nocase", "rtrim"]);

function lend(sql: string): string {
  const all = tokens(sql);
  let [changed, done] = ["", 0];
  all.forEach(({ text, end }, i) => {
    const before = all[i - 1];
    if (before?.kind !== "bare" || before.text.toUpperCase() !== "COLLATE" || own.has(text.toLowerCase())) return;
    changed += `${sql.slice(done, before.end)} BINARY/* source: ${encodeURIComponent(sql.slice(before.end, end))} */`;
    done = end;
  });
  return changed + sql.slice(done);
}

/** What the source's schema says where a copy's was changed. */
export function declaredSql(sql: string): string {
  return sql.replaceAll(lent, (_, declared: string) => decodeURIComponent(declared));
}

/** Whether a table of a copy was changed: it is not in the order that it is declared to be in. */
export function isLent(sql: string): boolean {
  return declaredSql(sql) !== sql;
}
