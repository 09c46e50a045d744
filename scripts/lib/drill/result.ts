import { type Assertion, hasFailed } from "./assertions.ts";
import type { Content, MomentRecord } from "./source.ts";

/** How a drill went. */
export interface DrillResult {
  stack: string;
  id: string;
  startedAt: string;
  endedAt: string;
  /** Null where there was none, or none that reaches the target. */
  backup: string | null;
  /** What was recovered to, in words. */
  target: string | null;
  assertions: Assertion[];
  passed: boolean;
  /** From the start of the restore until the copy was open, milliseconds; null where it never was. */
  recoveryTimeMs: number | null;
  /** What would have been lost if the source had gone when the drill began, milliseconds. */
  recoveryPointMs: number | null;
  tables: number;
  rows: string;
  /** What the source held at the moment; null where it was not marked. */
  content: Content | null;
  moment: MomentRecord | null;
}

/** What of a result follows from the findings and from what the copy held; null where it was not read. */
export function conclude(
  assertions: Assertion[],
  copy: Content | null,
): Pick<DrillResult, "assertions" | "passed" | "endedAt" | "tables" | "rows"> {
  const tables = Object.values(copy?.rows.tables ?? {});
  return {
    assertions,
    passed: !assertions.some(hasFailed),
    endedAt: new Date().toISOString(),
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + BigInt(rows), 0n).toString(),
  };
}
