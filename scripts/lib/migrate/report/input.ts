import type { Plan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { FinishResult, LoadResult, RunFacts, Snapshot, VerifyResult } from "../model/results.ts";
import type { SourceCatalog } from "../model/source.ts";
import type { Verdict } from "../verdict.ts";

/** Everything that a run came to. */
export interface ReportInput {
  run: RunFacts;
  verdict: Verdict;
  snapshot: Snapshot;
  catalog: SourceCatalog;
  profile: Profile;
  plan: Plan;
  load: LoadResult;
  finish: FinishResult;
  verify: VerifyResult;
}
