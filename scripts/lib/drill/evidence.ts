import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addRecord, readRecords } from "../backup/records.ts";
import type { RestorePoint } from "../backup/restore-points.ts";
import { hasFailed, tally } from "./assertions.ts";
import type { Earlier } from "./checks/content.ts";
import { drillPage } from "./evidence-page.ts";
import type { DrillResult } from "./result.ts";
import type { Content, Moment } from "./source.ts";
import type { DrillRecord } from "./statistics.ts";

/** What the file of evidence holds. */
export interface Evidence extends DrillResult {
  /** SHA-256 of the evidence before this one; null of the first. */
  previous: string | null;
}

const folderOf = (records: string) => join(records, "drills");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export const readDrills = (records: string): DrillRecord[] => readRecords<DrillRecord>(records, "drills");

/** Writes a drill's evidence, its page, and its line of the history. */
export function recordDrill(records: string, result: DrillResult): DrillRecord {
  const folder = folderOf(records);
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const before = readDrills(records);
  const evidence: Evidence = { ...result, previous: before.at(-1)?.sha256 ?? null };
  const text = `${JSON.stringify(evidence, null, 1)}\n`;
  writeFileSync(join(folder, `${result.id}.json`), text);
  const failed = result.assertions.filter(hasFailed).map(({ name }) => name);
  const { passed } = tally(result.assertions);
  const record: DrillRecord = {
    id: result.id,
    startedAt: result.startedAt,
    passed: result.passed,
    backup: result.backup,
    recoveryTimeMs: result.recoveryTimeMs,
    recoveryPointMs: result.recoveryPointMs,
    assertions: { passed, of: passed + failed.length },
    failed,
    sha256: sha256(text),
  };
  addRecord(records, "drills", record);
  const page = drillPage(result, [...before, record]);
  for (const name of [result.id, "latest"]) writeFileSync(join(folder, `${name}.html`), page);
  return record;
}

/** Whether every file of evidence is still what the history says, each naming the one before. @returns what is not */
export function checkEvidence(records: string): string[] {
  let previous: string | null = null;
  return readDrills(records).flatMap(({ id, sha256: expected }) => {
    const file = join(folderOf(records), `${id}.json`);
    const text = existsSync(file) ? readFileSync(file, "utf8") : null;
    const before = previous;
    previous = expected;
    if (text === null) return [`the evidence of ${id} is gone`];
    if (sha256(text) !== expected) return [`the evidence of ${id} was changed after it was written`];
    return (JSON.parse(text) as Evidence).previous === before
      ? []
      : [`the drill before ${id} was taken out of the history`];
  });
}

function evidenceOf(records: string, id: string): Evidence | null {
  const file = join(folderOf(records), `${id}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Evidence) : null;
}

/** Rows of each table at the last drill that passed with a moment of its own. */
export function lastPassed(records: string): Earlier | null {
  for (const { id, passed, startedAt } of readDrills(records).toReversed()) {
    const content = passed ? evidenceOf(records, id)?.content : null;
    if (!content) continue;
    const rows = Object.entries(content.rows.tables).map(([name, table]) => [name, table.rows] as const);
    return { at: startedAt, rows: Object.fromEntries(rows) };
  }
  return null;
}

/** A moment that an earlier drill marked, with what the source held then. */
export interface PastMoment {
  at: Date;
  point: RestorePoint;
  moment: Omit<Moment, "content" | "restorePoint">;
  content: Content;
}

/** The moments of earlier drills, newest last; the last thirty, because each is a file to read. */
export function pastMoments(records: string): PastMoment[] {
  return readDrills(records)
    .slice(-30)
    .flatMap(({ id }) => {
      const evidence = evidenceOf(records, id);
      if (!evidence?.moment || !evidence.content || evidence.moment.takenAt === undefined) return [];
      const { moment, content } = evidence;
      const at = new Date(moment.takenAt);
      return [{ at, point: { name: id, at: at.toISOString(), lsn: moment.lsn }, moment, content }];
    });
}
