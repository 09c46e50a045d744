import { setTimeout as sleep } from "node:timers/promises";
import type { Registry } from "prom-client";
import { messageOf } from "../cli/errors.ts";
import { readDrills } from "../drill/evidence.ts";
import type { DrillRecord } from "../drill/statistics.ts";
import { logsToCloudWatch } from "../monitoring/embedded.ts";
import { drillMetrics } from "../monitoring/record-metrics.ts";
import type { RdsStack } from "../stack/beside.ts";
import { recordStore } from "../store/records.ts";
import { pulseLine, runLine } from "./figures.ts";
import { SchedulerLock } from "./lock.ts";
import { publish, scheduleStore } from "./published.ts";
import type { Scheduler, SchedulerOptions } from "./scheduler.ts";

/** What a scheduler has to do in addition where its machine comes and goes: a task on Fargate, beside RDS. */
export interface Guest {
  options: Pick<SchedulerOptions, "store" | "shared" | "onRun">;
  /** Adds what is known of drills. */
  metrics(registry: Registry, scheduler: Scheduler): void;
  /** Tells every minute that it is alive, in the store and in the log, until it stops. */
  report(scheduler: Scheduler): Promise<void>;
}

const pulseMs = 60_000;

/** @param file with the stack's outputs */
export async function guestOnRds(outputs: RdsStack, file: string, say: (line: string) => void): Promise<Guest> {
  const records = await recordStore(outputs);
  const store = scheduleStore(records);
  const drills = remembered(() => readDrills(records), pulseMs);
  const lines = logsToCloudWatch();
  return {
    options: {
      store,
      // Tests wait less.
      shared: { lock: new SchedulerLock(file, say), graceMs: Number(process.env.LANDFALL_TAKEOVER_MS ?? 120_000) },
      onRun: (record) => lines && console.log(runLine(outputs.stack, record)),
    },
    metrics: (registry, scheduler) => drillMetrics(registry, drills, scheduler.history.since),
    async report(scheduler) {
      let told = 0;
      while (!scheduler.stopping) {
        const now = new Date();
        if (scheduler.leads && now.getTime() - told >= pulseMs) {
          told = now.getTime();
          try {
            await publish(store, scheduler, now);
            if (lines) console.log(pulseLine(outputs.stack, now, scheduler, await drills()));
          } catch (error) {
            say(`the schedule cannot be published: ${messageOf(error)}`);
          }
        }
        await sleep(1000);
      }
    },
  };
}

/** Asks at most once in a while: each asking is paid for. Where S3 does not answer, what was known before still stands. */
function remembered(read: () => Promise<DrillRecord[]>, ms: number): () => Promise<DrillRecord[]> {
  let known: Promise<DrillRecord[]> | undefined;
  let at = 0;
  return () => {
    if (known && Date.now() - at < ms) return known;
    const before = known;
    at = Date.now();
    known = read().catch((error) => {
      if (before) return before;
      known = undefined;
      throw error;
    });
    return known;
  };
}
