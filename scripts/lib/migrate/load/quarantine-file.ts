import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Control } from "../control/control.ts";

interface Position {
  table: string;
  chunk: number;
  number: number;
}

const page = 500;

/**
 * Writes quarantine.jsonl from the target's table, which is true whatever was killed on the way: a QuarantinedRow a line.
 * No file where nothing is in quarantine.
 */
export async function writeQuarantineFile({ connection, runId }: Control, folder: string): Promise<void> {
  const file = join(folder, "quarantine.jsonl");
  const beside = `${file}.new`;
  let descriptor: number | undefined;
  try {
    for (let after: Position | undefined = { table: "", chunk: -1, number: -1 }; after; ) {
      const rows: (Position & Record<"key" | "column" | "reason" | "row", string | null>)[] = await connection.query(
        `SELECT source_table AS "table", chunk, number, key::text, source_column AS "column", reason, "row"::text
           FROM landfall.quarantine WHERE run_id = $1 AND (source_table, chunk, number) > ($2, $3, $4)
          ORDER BY source_table, chunk, number LIMIT ${page}`,
        [runId, after.table, after.chunk, after.number],
      );
      if (rows.length > 0) descriptor ??= openSync(beside, "w", 0o600);
      for (const { table, key, column, reason, row } of rows) {
        const head = JSON.stringify({ table }).slice(0, -1);
        const rest = JSON.stringify({ column: column ?? "", reason }).slice(1, -1);
        writeSync(descriptor as number, `${head},"key":${key},${rest},"row":${row}}\n`);
      }
      after = rows.length < page ? undefined : rows.at(-1);
    }
    if (descriptor === undefined) return rmSync(file, { force: true });
    fsyncSync(descriptor);
    renameSync(beside, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
