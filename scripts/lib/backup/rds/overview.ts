import { table } from "../../cli/table.ts";
import type { RdsPlace } from "./client.ts";
import { describeInstance, listMade } from "./instances.ts";
import { listSnapshots, type Snapshot } from "./snapshots.ts";

/** Any moment between the two can be restored. */
export interface RdsSpan {
  from: Date;
  until: Date;
}

export interface RdsOverview {
  identifier: string;
  snapshots: Snapshot[];
  /** Null where automated backups are off, or the first of them is still being made. */
  span: RdsSpan | null;
  /** Instances that were restored beside this one and are still there, with their state. */
  copies: { name: string; status: string; madeFor: "copy" | "drill" }[];
}

/** The span over which RDS can restore any moment: it begins with its oldest automated snapshot. */
export async function readSpan(place: RdsPlace, snapshots: Snapshot[]): Promise<RdsSpan | null> {
  const { LatestRestorableTime: until } = await describeInstance(place, place.backup.identifier);
  const oldest = snapshots.find(({ type, status }) => type === "automated" && status === "available");
  if (!until || !oldest?.createdAt) return null;
  const from = new Date(oldest.createdAt);
  return { from, until: new Date(Math.max(until.getTime(), from.getTime())) };
}

export async function rdsOverview(place: RdsPlace): Promise<RdsOverview> {
  const snapshots = await listSnapshots(place);
  const copies = [];
  for (const madeFor of ["copy", "drill"] as const) {
    for (const { DBInstanceIdentifier, DBInstanceStatus } of await listMade(place, madeFor)) {
      copies.push({ name: DBInstanceIdentifier ?? "", status: DBInstanceStatus ?? "", madeFor });
    }
  }
  return { identifier: place.backup.identifier, snapshots, span: await readSpan(place, snapshots), copies };
}

const second = (time: Date | string) => new Date(time).toISOString().slice(0, 19).replace("T", " ");

export function rdsOverviewText({ snapshots, span, copies }: RdsOverview): string {
  const rows = snapshots.map(({ name, type, status, createdAt, sizeGiB, encrypted }) => [
    name,
    type,
    status,
    createdAt ? second(createdAt) : "",
    `${sizeGiB} GiB`,
    encrypted ? "yes" : "NO",
  ]);
  const head = ["snapshot", "type", "state", "made (UTC)", ">storage", "encrypted"];
  return [
    snapshots.length > 0 ? table(head, rows) : "there is no snapshot yet: npm run backup",
    "",
    span
      ? `any moment from ${second(span.from)} to ${second(span.until)} (UTC) can be restored`
      : "no moment can be restored, only the snapshots: automated backups are off, or the first one is not there yet",
    ...copies.map(({ name, status, madeFor }) => `${name}: a ${madeFor} that is still there, ${status}`),
  ].join("\n");
}
