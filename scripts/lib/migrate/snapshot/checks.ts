import type { ForeignKeyViolations } from "../../db/sqlite/foreign-keys.ts";
import { prepareThread } from "../../threads/thread.ts";

export interface Checks {
  /** Hex. */
  sha256: string;
  integrity: string[];
  foreignKeyViolations: ForeignKeyViolations[];
}

export interface ChecksInput {
  /** The copy. */
  file: string;
}

/** Starts the thread of the checks, ahead of the copy: copying leaves a core idle. */
export const prepareChecks = () => prepareThread<ChecksInput, Checks>(new URL("./checks-thread.ts", import.meta.url));
