import type { RdsStack } from "../stack/beside.ts";
import { recordStore } from "../store/records.ts";
import { type Store, within } from "../store/store.ts";
import { History } from "./history.ts";
import type { Schedule } from "./jobs.ts";
import type { Scheduler } from "./scheduler.ts";
import { type ScheduleView, scheduleView } from "./view.ts";

/** What the scheduler says of itself, for who cannot reach its address; the runs are in the history beside it. */
interface Published {
  at: string;
  schedule: Schedule;
  lastMarker: string | null;
}

const file = "schedule.json";

/** The schedule's part of what is on record. */
export const scheduleStore = (records: Store): Store => within(records, "schedule");

export async function publish(store: Store, { schedule, markers }: Scheduler, now: Date): Promise<void> {
  const published: Published = { at: now.toISOString(), schedule, lastMarker: markers.last?.toISOString() ?? null };
  await store.write(file, JSON.stringify(published));
}

/** The schedule from the store; null where no scheduler has published one. */
export async function readPublished(outputs: RdsStack, now: Date): Promise<ScheduleView | null> {
  const store = scheduleStore(await recordStore(outputs));
  const text = await store.read(file);
  if (text === null) return null;
  const { at, schedule, lastMarker } = JSON.parse(text) as Published;
  const history = await History.read(store, now);
  const markers = { last: lastMarker === null ? null : new Date(lastMarker) };
  const running = history.running?.job ?? null;
  return { ...scheduleView({ schedule, history, running, markers }, now), reportedAt: at, others: outputs.backup.runs };
}
