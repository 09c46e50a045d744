import { nested } from "../cli/nested.ts";
import type { Reporter } from "../cli/reporter.ts";
import { count, duration } from "../cli/table.ts";
import type { CommonOptions, Outcome } from "../cli/verb.ts";
import { destinationOf } from "../migrate/destination.ts";
import { type Migration, migrate } from "../migrate/migrate.ts";
import type { MigrateFlags } from "../migrate/options.ts";
import { migrationOutcome } from "../migrate/summary.ts";
import type { EngineName } from "../stack/engine.ts";
import { describeChanges, partsTable, preview, type StackResult, up } from "../stack/up.ts";
import { exampleDatabase } from "./example.ts";
import { backupAndDrill, type ProofResult } from "./proof.ts";

export type StartOptions = MigrateFlags & { stack: string; engine: EngineName };

const total = 4;

/** What scripts/start.mjs runs. */
export async function startVerb(options: StartOptions & CommonOptions, reporter: Reporter): Promise<Outcome> {
  if (!options.dryRun) return start(options, reporter);
  const { changes } = await preview(options.stack, options.engine, reporter);
  const text = `${options.stack}: ${changes.create ?? 0} resources would be created, then a database moved, backed up and drilled`;
  return { data: { stack: options.stack, changes }, text };
}

/**
 * Everything in one go: a stack, a database moved into it and proven, a backup, a drill. What is done already is not done
 * again: a second start changes nothing.
 */
export async function start(options: StartOptions, reporter: Reporter): Promise<Outcome> {
  const inner = nested(reporter);
  reporter.step(1, total, `Bringing up the stack ${options.stack}`);
  const stack = await up(options.stack, options.engine, inner);

  reporter.step(2, total, `Moving ${options.sqlite ?? "an example application's database"} into it`);
  const sqlite = options.sqlite ?? exampleDatabase(inner);
  const migration = await migrate(await destinationOf(options), { ...options, sqlite }, inner);
  if (migration.verdict.exit === "different") return outcomeOf(stack, migration, null);

  const proof = await backupAndDrill(options.stack, migration.run.state.id, reporter);
  return outcomeOf(stack, migration, proof);
}

function outcomeOf(stack: StackResult, migration: Migration, proof: ProofResult | null): Outcome {
  const moved = migrationOutcome(migration);
  const text = [
    ...[partsTable(stack.parts ?? []), ""],
    ...[moved.text, ""],
    ...proofLines(proof),
    `${stack.stack}: ${describeChanges(stack)}`,
  ];
  const data = { stack, migration: moved.data, proof };
  if (proof && "failed" in proof) {
    const exit = proof.failed === "backup" ? "backup" : "drill";
    return { text: text.join("\n"), data, exit, problem: proof.problem };
  }
  return { ...moved, text: text.join("\n"), data };
}

function proofLines(result: ProofResult | null): string[] {
  if (!result || "failed" in result) return [];
  const { backup, drill } = result.proof;
  const when = result.before ? `, ${drill.at}` : "";
  return [
    `drill: ${backup.label} restored beside the running database in ${duration(drill.recoveryTimeMs)}; ${drill.tables} tables, ${count(BigInt(drill.rows))} rows, equal${when}`,
  ];
}
