import type { StackOutputs } from "../../../infra/contract.ts";
import { LandfallError } from "../cli/errors.ts";
import { isOnRds, type RdsStack } from "../stack/beside.ts";
import { readPublished } from "./published.ts";
import type { ScheduleView } from "./view.ts";

/** A scheduler publishes every minute; one that has not for so long does not run. */
const silentMs = 10 * 60_000;

/** Asks the stack's scheduler what it knows. @throws {LandfallError} stack, where it does not answer */
export async function readSchedule(outputs: StackOutputs): Promise<ScheduleView> {
  if (isOnRds(outputs)) return fromStore(outputs, new Date());
  const metrics = outputs.monitoring.exporters.scheduler ?? "";
  const url = metrics.replace(/\/metrics$/, "/schedule");
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  if (answer?.ok) return (await answer.json()) as ScheduleView;
  throw new LandfallError(
    "stack",
    `the scheduler does not answer at ${url || "any address"}`,
    `npm run up -- --stack ${outputs.stack}`,
  );
}

/** On AWS its task cannot be reached from everywhere, and what it writes down can. */
async function fromStore(outputs: RdsStack, now: Date): Promise<ScheduleView> {
  const view = await readPublished(outputs, now);
  if (view) return view;
  throw new LandfallError(
    "stack",
    `no scheduler of ${outputs.stack} has said anything yet`,
    "wait a minute after npm run up; then read the log of its task (npm run outputs names the group)",
  );
}

/** Why a view is old news; null where it is not. */
export function silence({ reportedAt }: ScheduleView, now: Date): string | null {
  if (!reportedAt || now.getTime() - Date.parse(reportedAt) < silentMs) return null;
  return `the scheduler has said nothing since ${reportedAt}: it does not run`;
}
