import type { Target } from "../../db/postgres/target.ts";
import type { TableShape } from "./shape.ts";

/** What all workers of a load share: plain data, so that it can be sent to a thread. */
export interface LoadJob {
  runId: string;
  file: string;
  target: Target;
  shapes: TableShape[];
  /** Bytes of each table's largest row, 0 where it is not known. */
  largest: number[];
  /** Stops at the first row that does not fit. */
  strict: boolean;
  /** The run's folder, where values go that are too large for a row of the quarantine. */
  folder: string;
}

/** Called now and then with the rows that were read since the last call. Throws to stop. */
export type Tick = (rows: number) => void;
