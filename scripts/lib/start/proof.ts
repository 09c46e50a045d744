import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Reporter } from "../cli/reporter.ts";
import { writeWhole } from "../migrate/run/write.ts";
import { stateFolder } from "../paths.ts";
import { runVerbAlone, type VerbRun } from "./verb.ts";

/** The backup that was taken after a database had moved in, and the drill that proved it. */
export interface Proof {
  /** The migration that it belongs to. */
  run: string;
  backup: { label: string };
  drill: { passed: boolean; recoveryTimeMs: number; tables: number; rows: string; at: string };
}

export type ProofResult =
  | { proof: Proof; before: boolean }
  | { failed: "backup" | "restore-drill"; problem: { message: string; hint: string } };

const titles = { backup: "Taking a backup", "restore-drill": "Restoring it beside the running database, as a drill" };

/** Takes a backup and drills it, once for each migration: a later start only tells of it. */
export async function backupAndDrill(stack: string, run: string, reporter: Reporter): Promise<ProofResult> {
  const file = join(stateFolder, "start", `${stack}.json`);
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Proof) : null;
  if (known?.run === run) return { proof: known, before: true };
  const results: VerbRun[] = [];
  for (const [number, verb] of (["backup", "restore-drill"] as const).entries()) {
    reporter.step(3 + number, 4, titles[verb]);
    const result = await runVerbAlone(verb, ["--stack", stack], reporter);
    if (result.code !== 0) return { failed: verb, problem: problemOf(verb, stack, result) };
    results.push(result);
  }
  const [backup, drill] = results.map(({ data }) => data) as [{ backup: { label: string } }, Proof["drill"]];
  const { passed, recoveryTimeMs, tables, rows } = drill;
  const proof: Proof = {
    run,
    backup: { label: backup.backup.label },
    drill: { passed, recoveryTimeMs, tables, rows, at: new Date().toISOString() },
  };
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, `${JSON.stringify(proof, null, 2)}\n`);
  return { proof, before: false };
}

function problemOf(verb: keyof typeof titles, stack: string, { code, problem }: VerbRun) {
  if (problem) return { ...problem, message: `the database has moved, but then: ${problem.message}` };
  return {
    message: `the database has moved, but ${verb} ended with ${code}`,
    hint: `npm run ${verb} -- --stack ${stack}`,
  };
}
