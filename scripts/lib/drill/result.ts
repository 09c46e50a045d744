import type { Assertion } from "./assertions.ts";
import type { Content, Moment } from "./source.ts";

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
  moment: Omit<Moment, "content" | "restorePoint"> | null;
}
