import type { Difference } from "../../../scripts/lib/migrate/model/results.ts";

/** One thing that is changed in the target behind the verifier's back, and how it has to be called. */
export interface Mutation {
  name: string;
  /** As the target's owner. */
  sql: string;
  /** As superuser, for what the owner cannot do. */
  asSuperuser?: boolean;
  /** Whether a difference names the change. */
  named: (difference: Difference) => boolean;
}
