import { createHash } from "node:crypto";
import type { RestorePoint } from "../backup/restore-points.ts";
import { isOfToday } from "../db/fingerprint.ts";
import { parseLines, type Store } from "../store/store.ts";
import { hasFailed, tally } from "./assertions.ts";
import type { Earlier } from "./checks/content.ts";
import { drillPage } from "./evidence-page.ts";
import type { DrillResult } from "./result.ts";
import type { Content, MomentRecord } from "./source.ts";
import type { DrillRecord } from "./statistics.ts";

/** What the file of evidence holds. */
export interface Evidence extends DrillResult {
  /** SHA-256 of the evidence before this one; null of the first. */
  previous: string | null;
}

const history = "drills.jsonl";
/** What a drill left, by its id. */
const fileOf = (id: string, ending = "json") => `drills/${id}.${ending}`;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The history, oldest first. */
export const readDrills = async (records: Store): Promise<DrillRecord[]> =>
  parseLines<DrillRecord>(await records.read(history));

/** Writes a drill's evidence, its page, and its line of the history. */
export async function recordDrill(records: Store, result: DrillResult): Promise<DrillRecord> {
  const before = await readDrills(records);
  const evidence: Evidence = { ...result, previous: before.at(-1)?.sha256 ?? null };
  const text = `${JSON.stringify(evidence, null, 1)}\n`;
  await records.write(fileOf(result.id), text);
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
  await records.append(history, JSON.stringify(record));
  const page = drillPage(result, [...before, record]);
  for (const id of [result.id, "latest"]) await records.write(fileOf(id, "html"), page);
  return record;
}

/** Whether every file of evidence is still what the history says, each naming the one before. @returns what is not */
export async function checkEvidence(records: Store): Promise<string[]> {
  let previous: string | null = null;
  const problems: string[] = [];
  for (const { id, sha256: expected } of await readDrills(records)) {
    const text = await records.read(fileOf(id));
    if (text === null) problems.push(`the evidence of ${id} is gone`);
    else if (sha256(text) !== expected) problems.push(`the evidence of ${id} was changed after it was written`);
    else if ((JSON.parse(text) as Evidence).previous !== previous)
      problems.push(`the drill before ${id} was taken out of the history`);
    previous = expected;
  }
  return problems;
}

async function evidenceOf(records: Store, id: string): Promise<Evidence | null> {
  const text = await records.read(fileOf(id));
  return text === null ? null : (JSON.parse(text) as Evidence);
}

/** Rows of each table at the last drill that passed with a moment of its own. */
export async function lastPassed(records: Store): Promise<Earlier | null> {
  for (const { id, passed, startedAt } of (await readDrills(records)).toReversed()) {
    const content = passed ? (await evidenceOf(records, id))?.content : null;
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
  moment: MomentRecord;
  content: Content;
}

/** The moments of earlier drills, newest last; the last thirty, because each is a file to read. */
export async function pastMoments(records: Store): Promise<PastMoment[]> {
  const found: PastMoment[] = [];
  for (const { id } of (await readDrills(records)).slice(-30)) {
    const evidence = await evidenceOf(records, id);
    if (!evidence?.moment || !evidence.content || evidence.moment.takenAt === undefined) continue;
    const { moment, content } = evidence;
    if (!isOfToday(content.rows)) continue;
    const at = new Date(moment.takenAt);
    found.push({ at, point: { name: id, at: at.toISOString(), lsn: moment.lsn }, moment, content });
  }
  return found;
}
