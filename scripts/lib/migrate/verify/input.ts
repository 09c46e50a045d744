import type { Target } from "../../db/postgres/target.ts";
import type { Plan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";

/** What the comparison of the rows goes by. */
export interface RowsInput {
  snapshot: Snapshot;
  catalog: SourceCatalog;
  /** Of it, the tables and their columns. */
  plan: Plan;
  /** Of that snapshot; without it rows are read one by one, since nothing is known of their size. */
  profile?: Profile;
  target: Target;
  /** Names the rows in the control schema's quarantine. */
  runId: string;
  /** Of the run: large values in quarantine are in files there. */
  folder: string;
}

export interface VerifyInput extends RowsInput {
  /** How long a view may take on either side, in ms; ten minutes unless given. */
  viewLimitMs?: number;
}
