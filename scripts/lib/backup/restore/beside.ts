import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import {
  type Copy,
  copyPrefix,
  discardCopy,
  foldersOf,
  prepareCopy,
  readNote,
  recover,
  restoreFiles,
} from "../../drill/copy.ts";
import type { PgbackrestPlace } from "../pgbackrest.ts";
import type { RestorePlan } from "./plan.ts";
import { describeTarget, recoveryOptions } from "./target.ts";

export interface BesideResult {
  stack: string;
  id: string;
  backup: string;
  target: string;
  folder: string;
  port: number;
  socket: string;
  restoreMs: number;
}

/**
 * Restores beside the running database, and leaves the copy running: on its own port, archiving nothing.
 * @throws {LandfallError} backup; nothing of the copy is left then
 */
export async function restoreBeside(
  place: PgbackrestPlace,
  plan: RestorePlan,
  reporter: Reporter,
): Promise<BesideResult> {
  const id = `${copyPrefix}${new Date()
    .toISOString()
    .replaceAll(/[^0-9]/g, "")
    .slice(0, 14)}`;
  const copy: Copy = await prepareCopy(place, id, true);
  const started = Date.now();
  try {
    reporter.step(1, 2, `Restoring ${plan.candidate.backup.label} beside the database`);
    await restoreFiles(place, copy, recoveryOptions(plan.candidate, plan.target));
    reporter.step(2, 2, `Recovering to ${describeTarget(plan.target)}`);
    await recover(copy);
  } catch (error) {
    await discardCopy(copy);
    throw new LandfallError("backup", messageOf(error), "npm run backups shows what can be restored", { cause: error });
  }
  const { folder, port, socket } = copy;
  const target = describeTarget(plan.target);
  const restoreMs = Date.now() - started;
  return { stack: plan.stack, id, backup: plan.candidate.backup.label, target, folder, port, socket, restoreMs };
}

/** Removes a copy that was restored beside the database. @throws {LandfallError} usage where there is none of that name */
export async function removeCopy(place: PgbackrestPlace, id: string): Promise<void> {
  const folder = foldersOf(place, copyPrefix).find((path) => path.endsWith(`/${id}`));
  const note = folder === undefined ? null : readNote(folder);
  if (folder === undefined || note === null) {
    const ids = foldersOf(place, copyPrefix).map((path) => path.split("/").at(-1));
    const hint = ids.length > 0 ? `--remove-copy with one of ${ids.join(", ")}` : "there is none to remove";
    throw new LandfallError("usage", `there is no restored copy ${id}`, hint);
  }
  await discardCopy({ folder, ...note });
}
