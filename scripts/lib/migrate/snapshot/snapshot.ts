import { chmodSync, mkdirSync, renameSync, statfsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { counted, bytes as inBytes } from "../../cli/table.ts";
import { checkFile, type FileFacts } from "../../db/sqlite/check.ts";
import { lendCollations } from "../../db/sqlite/collations.ts";
import { damaged } from "../../db/sqlite/errors.ts";
import { damageAmong } from "../../db/sqlite/integrity.ts";
import type { Snapshot } from "../model/results.ts";
import { prepareChecks } from "./checks.ts";
import { copySource, removeCopy } from "./copy.ts";

/** What the copy's folder must have beside the copy itself, in bytes: the run's other files. */
const reserve = 64e6;

/**
 * Copies a SQLite file as it is at one point in time into the run's folder and checks the copy. The source may be in use;
 * nothing is written to it or beside it.
 * @param options.freeBytes how much space there is in the folder; asked of the system unless given
 * @param options.begun called when the copy begins, with the bytes that it may have
 * @param options.copied called when the copy is in its place, before it is checked and hashed
 * @throws {LandfallError} source, where it cannot be read or is damaged; machine, where the space does not suffice
 */
export async function takeSnapshot(
  file: string,
  folder: string,
  reporter: Reporter,
  options: { freeBytes?: number; begun?: (bytes: number) => void; copied?: (copy: string) => void } = {},
): Promise<Snapshot> {
  const source = resolve(file);
  const facts = checkFile(source);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireSpace(facts, folder, options.freeBytes ?? freeBytes(folder));
  const copy = join(folder, "snapshot.sqlite");
  const unfinished = `${copy}.new`;
  removeCopy(unfinished);
  const startedAt = new Date();
  const checks = prepareChecks();
  options.begun?.(facts.bytes + facts.walBytes);
  try {
    await copySource(source, unfinished, facts, reporter);
    lendCollations(unfinished);
    chmodSync(unfinished, 0o600);
    removeCopy(copy);
    renameSync(unfinished, copy);
  } catch (error) {
    checks.cancel();
    removeCopy(unfinished);
    throw ofSource(error, unfinished, source);
  }
  options.copied?.(copy);
  const { size } = statSync(copy);
  const [found] = await Promise.all([checks.run({ file: copy }), syncFile(copy)]).catch((error: unknown) => {
    throw ofSource(error, copy, source);
  });
  refuseDamage(source, found.integrity);
  return { source, file: copy, bytes: size, takenAt: startedAt.toISOString(), ...found };
}

/** What is wrong with the copy was wrong with the source: the error names the file that its reader knows. */
function ofSource(error: unknown, copy: string, source: string): unknown {
  if (!(error instanceof LandfallError) || error.code !== "source") return error;
  return new LandfallError("source", error.message.replaceAll(copy, source), error.hint, { cause: error });
}

function refuseDamage(source: string, findings: string[]): void {
  const [first, ...more] = damageAmong(findings);
  if (first === undefined) return;
  const lines = first.replaceAll(/\s*\n\s*/g, " ");
  throw damaged(source, more.length > 0 ? `${lines}, and ${counted(more.length, "finding")} more` : lines);
}

function requireSpace(facts: FileFacts, folder: string, free: number): void {
  const needed = facts.bytes + facts.walBytes + reserve;
  if (free >= needed) return;
  throw new LandfallError(
    "machine",
    `${folder} has ${inBytes(free)} free, and the copy of the source needs ${inBytes(needed)}`,
    "free space there, then run the same command again",
  );
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What is written down as taken must be there after a power failure too. */
async function syncFile(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
