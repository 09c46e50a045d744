import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseLines } from "../store/store.ts";

/**
 * What is kept of each backup: files of one JSON value a line, in the stack's folder for records. A line that
 * a killed process left half-written is passed over.
 */

export type RecordName = "backups" | "restore-points" | "restores" | "dumps";

const fileOf = (folder: string, name: RecordName) => join(folder, `${name}.jsonl`);

/** Makes the folder where there is none yet. */
export function makeRecords(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  return folder;
}

export function addRecord(folder: string, name: RecordName, value: unknown): void {
  const file = fileOf(makeRecords(folder), name);
  // Begins on a line of its own, whatever the one before ended like.
  const glue = existsSync(file) && !readFileSync(file, "utf8").endsWith("\n") ? "\n" : "";
  appendFileSync(file, `${glue}${JSON.stringify(value)}\n`);
}

/** The records of a kind, oldest first. */
export function readRecords<T>(folder: string, name: RecordName): T[] {
  const file = fileOf(folder, name);
  return existsSync(file) ? parseLines<T>(readFileSync(file, "utf8")) : [];
}

/** Replaces all records of a kind. */
export function writeRecords(folder: string, name: RecordName, values: unknown[]): void {
  writeFileSync(fileOf(makeRecords(folder), name), values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}
