import type { StackOutputs } from "../../../infra/contract.ts";
import { bytes, duration, table } from "../cli/table.ts";
import { lastDrill, lastDrillText } from "../drill/last.ts";
import type { DrillRecord } from "../drill/statistics.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { folderStore } from "../store/folder.ts";
import type { BackupRecord } from "./backup.ts";
import { readRecords } from "./records.ts";
import { cutShort, isCutShort } from "./restore/cut-short.ts";
import { type Candidate, readCandidates, recoverableSpan, type Span } from "./restore/target.ts";
import { keepRestorePoints, type RestorePoint } from "./restore-points.ts";

export interface BackupsOverview {
  stack: string;
  backups: Candidate[];
  /** How long each took and how fast it was, by its label, as far as it is on record. */
  records: Record<string, BackupRecord>;
  /** Null where nothing can be restored. */
  span: Span | null;
  restorePoints: RestorePoint[];
  /** Null where there was none yet. */
  lastDrill: DrillRecord | null;
  /** Whether a restore in place was killed before its end. */
  restoreCutShort: boolean;
}

/** What there is to restore from, and when that was last proven. */
export async function backupsOverview(outputs: StackOutputs & { backup: LocalBackup }): Promise<BackupsOverview> {
  const place = outputs.backup;
  const backups = await readCandidates(place);
  const records = readRecords<BackupRecord>(place.records, "backups").map((record) => [record.label, record] as const);
  return {
    stack: outputs.stack,
    backups,
    records: Object.fromEntries(records),
    span: recoverableSpan(backups),
    restorePoints: await keepRestorePoints(outputs),
    lastDrill: await lastDrill(folderStore(place.records)),
    restoreCutShort: isCutShort(place.records),
  };
}

const minute = (time: string | Date) => new Date(time).toISOString().slice(0, 16).replace("T", " ");

export function overviewText(overview: BackupsOverview, now: Date): string {
  const { backups, records, span, lastDrill: drill, restorePoints } = overview;
  if (backups.length === 0) return "there is no backup yet: npm run backup";
  const rows = backups.map(({ backup, reach }) => {
    const record = records[backup.label];
    return [
      backup.label,
      backup.type,
      String(backup.repository),
      minute(backup.endedAt),
      bytes(backup.databaseBytes),
      bytes(backup.repositoryBytes),
      record ? duration(record.durationMs) : "",
      record ? `${bytes(Math.round(record.rate))}/s` : "",
      reachText(reach),
    ];
  });
  const head = [
    "backup",
    "type",
    "repo",
    "ended (UTC)",
    ">database",
    ">stored",
    ">took",
    ">rate",
    "recovers up to (UTC)",
  ];
  const lines = [table(head, rows), ""];
  lines.push(
    span
      ? `any moment from ${minute(span.from)} to ${minute(span.until)} (UTC) can be restored`
      : "nothing can be restored: WAL is missing. Take a full backup now",
  );
  const points = restorePoints.slice(-5).map(({ name, at }) => `${name} (${minute(at)})`);
  if (points.length > 0) lines.push(`restore points: ${points.join(", ")}`);
  lines.push(lastDrillText(drill, now));
  if (overview.restoreCutShort) {
    const { message, hint } = cutShort(overview.stack);
    lines.push(`${message}: ${hint}`);
  }
  return lines.join("\n");
}

function reachText({ until, gap, gapLength, current }: Candidate["reach"]): string {
  if (gap)
    return `${until ? minute(until) : "nowhere"}; WAL ${gap} is missing${gapLength > 1 ? `, and ${gapLength - 1} more` : ""}`;
  const end = until ? minute(until) : "nowhere";
  return current ? end : `${end}, on a timeline that was left`;
}
