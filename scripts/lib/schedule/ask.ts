import type { StackOutputs } from "../../../infra/contract.ts";
import { LandfallError } from "../cli/errors.ts";
import type { ScheduleView } from "./view.ts";

/** Asks the stack's scheduler what it knows. @throws {LandfallError} stack, where it does not answer */
export async function readSchedule(outputs: StackOutputs): Promise<ScheduleView> {
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
