import { existsSync, rmSync } from "node:fs";
import type { StackOutputs } from "../../../../infra/contract.ts";
import { tryLock } from "../../../../machine/lock.ts";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { duration } from "../../cli/table.ts";
import type { CommonOptions, Outcome } from "../../cli/verb.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import { makeRecords } from "../records.ts";
import { removeCopy, restoreBeside } from "./beside.ts";
import { restoreLockOf } from "./cut-short.ts";
import { describeInPlace, oldDataFolders, removeOldData, restoreInPlace } from "./in-place.ts";
import { describePlan, planRestore } from "./plan.ts";
import { parseTarget } from "./target.ts";

export interface RestoreOptions extends CommonOptions {
  time?: string;
  name?: string;
  xid?: string;
  set?: string;
  beside: boolean;
  delta: boolean;
  yes: boolean;
  removeOld: boolean;
  removeCopy?: string;
}

/** What `npm run restore` does, by its options. */
export async function restoreVerb(
  outputs: StackOutputs & { backup: LocalBackup },
  options: RestoreOptions,
  reporter: Reporter,
): Promise<Outcome> {
  const place = outputs.backup;
  if (options.removeCopy !== undefined) {
    if (options.dryRun) return { data: {}, text: `${options.removeCopy} would be removed` };
    await removeCopy(place, options.removeCopy);
    return { data: { removed: options.removeCopy }, text: `${options.removeCopy}: removed` };
  }
  if (options.removeOld) {
    const folders = options.dryRun ? oldDataFolders(place) : removeOldData(place);
    const verb = options.dryRun ? "would be removed" : "removed";
    const text = folders.map((folder) => `${folder}: ${verb}`).join("\n") || "no restore has kept old data";
    return { data: { folders }, text };
  }
  const target = parseTarget(options);
  const plan = await planRestore(outputs, target, options.set);
  const inPlace = { delta: options.delta };
  const described = options.beside
    ? describePlan(plan, "beside the database").slice(0, 1)
    : describeInPlace(plan, inPlace);
  if (options.dryRun) return { data: { ...plan, described }, text: described.join("\n") };
  if (options.beside) {
    const result = await alone(place, () => restoreBeside(place, plan, reporter));
    const text = [
      `${result.backup} is restored beside the database, in ${duration(result.restoreMs)}: port ${result.port}, with the roles and passwords of that time`,
      `superuser: psql -h ${result.socket} -p ${result.port} -U postgres ${outputs.database.name}`,
      `remove it with npm run restore -- --stack ${outputs.stack} --remove-copy ${result.id}`,
    ];
    return { data: result, text: text.join("\n") };
  }
  if (!options.yes) {
    const loss = plan.lost.join("; ");
    throw new LandfallError(
      "usage",
      `this replaces the database of the stack ${outputs.stack}; lost: ${loss}`,
      "--yes to do it, --dry-run to see more, or --beside",
    );
  }
  const result = await alone(place, () => restoreInPlace(outputs, plan, inPlace, reporter));
  const kept = result.oldData
    ? `the old data is in ${result.oldData} (npm run restore -- --remove-old)`
    : "no old data is kept";
  const text = [
    `${result.backup} is restored, recovered to ${result.target}, and open on timeline ${result.timeline}; down for ${duration(result.downMs)}`,
    kept,
    "take a full backup now: npm run backup",
  ];
  return { data: result, text: text.join("\n") };
}

/** One restore at a time. */
async function alone<T>(place: LocalBackup, work: () => Promise<T>): Promise<T> {
  const lock = restoreLockOf(makeRecords(place.records));
  if (!tryLock(lock)) throw new LandfallError("busy", "another restore runs", "wait for it to end");
  try {
    return await work();
  } finally {
    if (existsSync(lock)) rmSync(lock);
  }
}
