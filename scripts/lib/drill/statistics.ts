/**
 * What is kept of each drill: one file of evidence, whose hash stands in the history and in the next drill's evidence. Who
 * changes one afterwards would have to change all that follow, too.
 */
export interface DrillRecord {
  id: string;
  startedAt: string;
  passed: boolean;
  backup: string | null;
  recoveryTimeMs: number | null;
  recoveryPointMs: number | null;
  /** How many assertions passed, of how many that applied. */
  assertions: { passed: number; of: number };
  /** Names of those that failed. */
  failed: string[];
  /** SHA-256 of the file of evidence. */
  sha256: string;
}

export interface DrillStatistics {
  drills: number;
  passed: number;
  /** Milliseconds, of drills that passed; null where there are none. */
  recoveryTime: Percentiles | null;
  recoveryPoint: Percentiles | null;
}

export interface Percentiles {
  p50: number;
  p95: number;
  last: number;
  /** Median of the newer half against that of the older half: 1.2 is a fifth slower. Null with fewer than four. */
  trend: number | null;
}

export function statisticsOf(
  drills: Pick<DrillRecord, "passed" | "recoveryTimeMs" | "recoveryPointMs">[],
): DrillStatistics {
  const good = drills.filter(({ passed }) => passed);
  const values = (key: "recoveryTimeMs" | "recoveryPointMs") => good.flatMap((drill) => drill[key] ?? []);
  return {
    drills: drills.length,
    passed: good.length,
    recoveryTime: percentiles(values("recoveryTimeMs")),
    recoveryPoint: percentiles(values("recoveryPointMs")),
  };
}

export function percentiles(values: number[]): Percentiles | null {
  const last = values.at(-1);
  if (last === undefined) return null;
  const half = Math.floor(values.length / 2);
  const older = quantile(values.slice(0, half), 0.5);
  const newer = quantile(values.slice(-half), 0.5);
  const trend = half < 2 || older === 0 ? null : newer / older;
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), last, trend };
}

/** The nearest rank: always a value that was measured. */
function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
