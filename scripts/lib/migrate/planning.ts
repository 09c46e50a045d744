import { LandfallError } from "../cli/errors.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { Target } from "../db/postgres/target.ts";
import type { Plan } from "./model/plan.ts";
import type { Profile } from "./model/profile.ts";
import type { Snapshot } from "./model/results.ts";
import type { SourceCatalog } from "./model/source.ts";
import { type MigrateFlags, takesExisting } from "./options.ts";
import { planAgainst } from "./plan/against.ts";
import { readPlan } from "./plan/file.ts";
import { emptyMapping, readMapping } from "./plan/mapping.ts";
import { makePlan } from "./plan/plan.ts";
import { textCollation } from "./schema/create.ts";

interface PlanningJob {
  catalog: SourceCatalog;
  profile: Profile;
  snapshot: Snapshot;
  /** Null where the target is not to be touched: then the database is taken for one that sorts by bytes. */
  target: Target | null;
  options: MigrateFlags;
}

/**
 * The plan of a run: the user's own file, else one made from catalog, profile and mapping, for tables that are there already
 * or that are to be made.
 * @throws {LandfallError} usage, where mapping or plan do not fit the source
 */
export async function planFor(job: PlanningJob): Promise<Plan> {
  const plan = await choosePlan(job);
  return job.options.waiveUntranslated ? waiveUndecided(plan) : plan;
}

async function choosePlan({ catalog, profile, snapshot, target, options }: PlanningJob): Promise<Plan> {
  if (options.plan) return planOfFile(options.plan, catalog);
  const mapping = options.mapping ? readMapping(options.mapping) : emptyMapping;
  const { naming } = options;
  const more = { ...(naming ? { naming } : {}), violations: snapshot.foreignKeyViolations };
  if (!target) return makePlan(catalog, profile, mapping, more);
  return withConnection(target, async (connection) => {
    if (takesExisting(options)) return planAgainst(catalog, profile, connection, mapping, more);
    return makePlan(catalog, profile, mapping, { ...more, collation: await textCollation(connection) });
  });
}

function planOfFile(file: string, catalog: SourceCatalog): Plan {
  const plan = readPlan(file);
  if (plan.schemaDigest === catalog.schemaDigest) return plan;
  throw new LandfallError(
    "usage",
    `the plan ${file} was made for another schema than the source has now`,
    "write a new one with npm run plan, and carry your edits over",
  );
}

/** Leaves behind what nobody decided on, by name: for batch runs that look at the list afterwards. */
function waiveUndecided(plan: Plan): Plan {
  const accounts = plan.accounts.map((account) =>
    account.outcome === "undecided"
      ? { ...account, outcome: "waived" as const, reason: `--waive-untranslated: ${account.reason}` }
      : account,
  );
  return { ...plan, accounts };
}
