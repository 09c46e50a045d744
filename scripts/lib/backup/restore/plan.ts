import type { StackOutputs } from "../../../../infra/contract.ts";
import { bytes, duration } from "../../cli/table.ts";
import { type Connection, withConnection } from "../../db/postgres/connection.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import { databaseTarget } from "../../stack/targets.ts";
import { keepRestorePoints, type RestorePoint } from "../restore-points.ts";
import { parseLsn } from "../segments.ts";
import { type Candidate, chooseBackup, describeTarget, type RecoveryTarget, readCandidates } from "./target.ts";

/** What a restore would do. */
export interface RestorePlan {
  stack: string;
  target: RecoveryTarget;
  candidate: Candidate;
  /** Whether the database answers now. */
  running: boolean;
  /** What would be gone afterwards, in sentences. */
  lost: string[];
}

/** @param label the backup to begin with, where one is named */
export async function planRestore(
  outputs: StackOutputs & { backup: LocalBackup },
  target: RecoveryTarget,
  label?: string,
): Promise<RestorePlan> {
  const points = await keepRestorePoints(outputs);
  const now = new Date();
  const connectable = await withConnection(databaseTarget(outputs, "migrator"), async () => true).catch(() => false);
  const candidates = await readCandidates(outputs.backup);
  const candidate = chooseBackup(candidates, target, points, { label, now: connectable ? now : undefined });
  const lost = connectable
    ? await withConnection(databaseTarget(outputs, "migrator"), (connection) =>
        lossNow(connection, target, points, now),
      )
    : [lossBlind(target, candidate)];
  return { stack: outputs.stack, target, candidate, running: connectable, lost };
}

/** What the running database holds beyond the target. */
async function lossNow(
  connection: Connection,
  target: RecoveryTarget,
  points: RestorePoint[],
  now: Date,
): Promise<string[]> {
  if (target.to === "latest") return ["nothing that is committed when the server is stopped"];
  const point = target.to === "name" ? points.find(({ name }) => name === target.name) : undefined;
  const since = target.to === "time" ? target.time : point ? new Date(point.at) : undefined;
  const what = `everything that was committed after ${describeTarget(target)}`;
  if (!since) return [what];
  const { current, marker } = await connection.one<{ current: string; marker: string | null }>(
    `SELECT pg_current_wal_insert_lsn()::text AS current,
            (SELECT lsn::text FROM landfall.marker WHERE written_at <= $1 ORDER BY id DESC LIMIT 1) AS marker`,
    [since.toISOString()],
  );
  const from = point?.lsn ?? marker;
  const wal = from ? `, ${bytes(Number(parseLsn(current) - parseLsn(from)))} of WAL` : "";
  return [`${what}: ${duration(Math.max(0, now.getTime() - since.getTime()))} up to now${wal}`];
}

function lossBlind(target: RecoveryTarget, { reach }: Candidate): string {
  if (target.to !== "latest") return `everything that was committed after ${describeTarget(target)}`;
  const at = reach.until?.toISOString() ?? "the end of the backup";
  return `what was written after the last WAL segment was archived, at ${at}; the database does not answer, so it may have been more`;
}

export function describePlan({ candidate, target, lost, running }: RestorePlan, where: string): string[] {
  const { backup } = candidate;
  return [
    `${backup.label} (${backup.type}, ${bytes(backup.databaseBytes)}) is restored ${where} and recovered to ${describeTarget(target)}`,
    `the database ${running ? "runs" : "does not answer"}`,
    ...lost.map((text) => `lost: ${text}`),
  ];
}
