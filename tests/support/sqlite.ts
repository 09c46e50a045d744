import { DatabaseSync } from "node:sqlite";

/** Makes a SQLite file from statements. @returns its path */
export function sqliteFile(path: string, sql: string): string {
  const database = new DatabaseSync(path);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
  return path;
}

/** A table of as many rows as are asked for, with text, integers and reals. */
export const manyRows = (rows: number) => `
  CREATE TABLE sale (id INTEGER PRIMARY KEY, item TEXT NOT NULL, price REAL NOT NULL, sold_at INTEGER NOT NULL);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO sale SELECT i, 'bottle ' || i, i * 1.25, 1700000000000 + i * 1000 FROM n;`;
