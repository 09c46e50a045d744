import type { Reporter } from "../cli/reporter.ts";
import type { CommonOptions, Outcome } from "../cli/verb.ts";
import { destinationOf } from "./destination.ts";
import { dryRun } from "./dry-run.ts";
import { loadOnly, type MigrateOptions, migrate } from "./migrate.ts";
import { loadOutcome, migrationOutcome } from "./summary.ts";

type VerbOptions = MigrateOptions & CommonOptions;

/** What scripts/migrate.mjs runs. */
export async function migrateVerb(options: VerbOptions, reporter: Reporter): Promise<Outcome> {
  if (options.dryRun) return dryRun(options, reporter);
  return migrationOutcome(await migrate(await destinationOf(options), options, reporter));
}

/** What scripts/load.mjs runs. */
export async function loadVerb(options: VerbOptions, reporter: Reporter): Promise<Outcome> {
  if (options.dryRun) return dryRun(options, reporter);
  return loadOutcome(await loadOnly(await destinationOf(options), options, reporter));
}
