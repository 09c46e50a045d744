import {
  CreateDBSnapshotCommand,
  type DBSnapshot,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  paginateDescribeDBSnapshots,
} from "@aws-sdk/client-rds";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { ask, type RdsPlace } from "./client.ts";
import { tagKeys, tagOf, tagsFor } from "./tags.ts";
import { type Patience, waitFor } from "./wait.ts";

/** A snapshot of the stack's instance. */
export interface Snapshot {
  name: string;
  /** automated: RDS's own, each day; manual: kept until someone deletes it; awsbackup: of the vault. */
  type: string;
  status: string;
  /** UTC, ISO 8601; null while it is being made. */
  createdAt: string | null;
  /** GiB of storage that the instance had. */
  sizeGiB: number;
  encrypted: boolean;
  /** Whether `npm run backup` made it: only those are removed by retention. */
  ours: boolean;
}

const day = 24 * 3600_000;
/** So many of our own snapshots stay, however old they are. */
const fewest = 2;

const read = (snapshot: DBSnapshot): Snapshot => ({
  name: snapshot.DBSnapshotIdentifier ?? "",
  type: snapshot.SnapshotType ?? "",
  status: snapshot.Status ?? "",
  createdAt: snapshot.SnapshotCreateTime?.toISOString() ?? null,
  sizeGiB: snapshot.AllocatedStorage ?? 0,
  encrypted: snapshot.Encrypted ?? false,
  ours: tagOf(snapshot.TagList, tagKeys.madeFor) === "backup",
});

/** All snapshots of the instance, newest last. */
export function listSnapshots({ client, backup }: RdsPlace): Promise<Snapshot[]> {
  return ask(`the snapshots of ${backup.identifier}`, async () => {
    const found: Snapshot[] = [];
    const pages = paginateDescribeDBSnapshots({ client }, { DBInstanceIdentifier: backup.identifier });
    for await (const page of pages) found.push(...(page.DBSnapshots ?? []).map(read));
    const time = ({ createdAt }: Snapshot) => createdAt ?? "9";
    return found.toSorted((a, b) => time(a).localeCompare(time(b)));
  });
}

/** Takes a snapshot, named and tagged, and waits until it can be restored from. */
export async function takeSnapshot(
  place: RdsPlace,
  now: Date,
  patience: Patience,
  reporter: Reporter,
): Promise<Snapshot> {
  const { client, backup } = place;
  const name = `${backup.identifier}-manual-${stamp(now)}`;
  await ask(`a snapshot of ${backup.identifier}`, () =>
    client.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: backup.identifier,
        DBSnapshotIdentifier: name,
        Tags: tagsFor("backup", backup),
      }),
    ),
  );
  const bar = reporter.progress(`snapshot ${name}`, 100, "%");
  try {
    const look = async () => {
      const command = new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name });
      const [found] = (await ask(`the snapshot ${name}`, () => client.send(command))).DBSnapshots ?? [];
      const state = found?.Status ?? "unknown";
      bar.update(found?.PercentProgress ?? 0);
      if (state === "failed") {
        throw new LandfallError("backup", `the snapshot ${name} failed`, "read the instance's events in RDS's console");
      }
      return found && state === "available" ? { done: read(found), state } : { state };
    };
    return await waitFor(`snapshot ${name}`, look, patience, reporter);
  } finally {
    bar.done();
  }
}

/** Which of our own snapshots retention lets go of: those older than the vault's days, but never the newest two. */
export function snapshotsToRemove(snapshots: Snapshot[], vaultDays: number, now: Date): string[] {
  const own = snapshots.filter(({ ours, status, createdAt }) => ours && status === "available" && createdAt !== null);
  return own
    .toSorted((a, b) => `${b.createdAt}`.localeCompare(`${a.createdAt}`))
    .slice(fewest)
    .filter(({ createdAt }) => Date.parse(`${createdAt}`) < now.getTime() - vaultDays * day)
    .map(({ name }) => name);
}

/** Removes them. @returns their names */
export async function expireSnapshots(place: RdsPlace, now: Date): Promise<string[]> {
  const names = snapshotsToRemove(await listSnapshots(place), place.backup.retention.vaultDays, now);
  for (const name of names) {
    await ask(`the snapshot ${name}`, () =>
      place.client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: name })),
    );
  }
  return names;
}

/** 20261125t101500: what a name of RDS may hold. */
export const stamp = (now: Date): string => now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase();
