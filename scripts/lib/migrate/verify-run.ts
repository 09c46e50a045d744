import { existsSync, readFileSync } from "node:fs";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { counted } from "../cli/table.ts";
import type { Outcome } from "../cli/verb.ts";
import { planAfter } from "./aftermath.ts";
import type { Destination } from "./destination.ts";
import { jobOf, readSnapshot } from "./migrate.ts";
import type { Plan } from "./model/plan.ts";
import type { Profile } from "./model/profile.ts";
import type { FinishResult, Snapshot } from "./model/results.ts";
import { Run, runFolder, type StepName } from "./run/run.ts";
import { proofTable } from "./summary.ts";
import { verify } from "./verify/verify.ts";

/**
 * Compares again what a run has moved: every value of its snapshot with what the target holds now. What the application has
 * written since shows as differences. Changes nothing, neither in the run nor in the target.
 * @throws {LandfallError} usage, where nothing was moved from that source to that destination
 */
export async function verifyRun(destination: Destination, sqlite: string, reporter: Reporter): Promise<Outcome> {
  if (!existsSync(runFolder(sqlite, destination.name))) throw nothingMoved(sqlite, destination);
  const run = Run.open(sqlite, destination.name);
  try {
    if (!run.isDone("finish")) throw nothingMoved(sqlite, destination);
    const snapshot = resultOf<Snapshot>(run, "snapshot");
    const plan = planAfter(resultOf<Plan>(run, "plan"), resultOf<FinishResult>(run, "finish"), false);
    const job = jobOf(run, destination, snapshot, readSnapshot(snapshot), plan);
    const result = await verify({ ...job, profile: resultOf<Profile>(run, "profile") }, reporter);
    const line = `${counted(result.rows, "row")}, ${counted(result.values, "value")} compared with the snapshot of ${snapshot.takenAt}, ${counted(result.differenceCount, "difference")}`;
    const listed = result.differences.slice(0, 20).map(({ text }) => `  ${text}`);
    return {
      data: result,
      text: [proofTable(result), "", line, ...listed].join("\n"),
      ...(result.equal
        ? {}
        : { exit: "different", problem: { message: line, hint: "read them above, or all with --json" } }),
    };
  } finally {
    run.close();
  }
}

const resultOf = <T>(run: Run, step: StepName) => JSON.parse(readFileSync(run.path(`${step}.json`), "utf8")) as T;

function nothingMoved(sqlite: string, { name }: Destination): LandfallError {
  return new LandfallError(
    "usage",
    `nothing of ${sqlite} has been loaded into ${name} from here`,
    `npm run migrate -- --sqlite ${sqlite}`,
  );
}
