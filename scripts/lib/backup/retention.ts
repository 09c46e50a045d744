import type { BackupEntry } from "./pgbackrest.ts";

const day = 24 * 3600 * 1000;

/**
 * How many full backups must stay so that both hold: at least `full` of them, and any moment of the last `days` days can
 * be restored. For the second, the newest full backup that is older than the window is needed too: it carries the first
 * days of it.
 */
export function fullBackupsToKeep(
  backups: Pick<BackupEntry, "type" | "endedAt">[],
  retention: { full: number; days: number },
  now: Date,
): number {
  const fulls = backups.filter(({ type }) => type === "full");
  const windowStart = now.getTime() - retention.days * day;
  const inWindow = fulls.filter(({ endedAt }) => new Date(endedAt).getTime() > windowStart).length;
  const carrier = fulls.length > inWindow ? 1 : 0;
  return Math.max(retention.full, inWindow + carrier, 1);
}
