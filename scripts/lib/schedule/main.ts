import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseStackOutputs } from "../../../infra/contract.ts";
import { serveMetrics } from "../monitoring/metrics-server.ts";
import { recordMetrics } from "../monitoring/record-metrics.ts";
import { scheduleMetrics } from "../monitoring/schedule-metrics.ts";
import { isOnRds } from "../stack/beside.ts";
import { folderStore } from "../store/folder.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { type Guest, guestOnRds } from "./shared.ts";
import { scheduleView } from "./view.ts";

/** The scheduler's process: serves its metrics and runs jobs until it is told to stop. */
export async function main(args: string[]): Promise<void> {
  const text = { type: "string", default: "" } as const;
  const options = { jobs: text, state: text, outputs: text, daemons: text, listen: text };
  const { values } = parseArgs({ args, options });
  const outputs = parseStackOutputs(JSON.parse(readFileSync(values.outputs, "utf8")));
  const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const guest: Guest | null = isOnRds(outputs) ? await guestOnRds(outputs, values.outputs, say) : null;
  const own: SchedulerOptions = { ...values, store: folderStore(values.state), say };
  const scheduler = await Scheduler.open({ ...own, ...guest?.options });
  const registry = scheduleMetrics(scheduler);
  if (outputs.backup.kind === "pgbackrest") recordMetrics(registry, outputs.backup.records, scheduler.history.since);
  guest?.metrics(registry, scheduler);
  const view = () => scheduleView(scheduler, new Date());
  const server = await serveMetrics(registry, values.listen, { "/schedule": view });
  process.on("SIGTERM", () => scheduler.stop());
  process.on("SIGINT", () => scheduler.stop());
  // The shell that starts this anew when it dies was itself killed: a second scheduler would soon be running.
  const starter = process.ppid;
  setInterval(() => process.ppid !== starter && scheduler.stop(), 1000).unref();
  await Promise.all([scheduler.loop(), guest?.report(scheduler)]);
  server.close();
}
