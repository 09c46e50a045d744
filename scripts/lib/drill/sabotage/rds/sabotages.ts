import { LandfallError } from "../../../cli/errors.ts";
import { changeOneRow, deleteCopy, emptyTable, loseMarker } from "./copy.ts";
import type { RdsSabotage } from "./sabotage.ts";

const longAgo = new Date("2001-01-01T00:00:00Z");

/** Every way in which a drill of RDS is made to fail; the first seven end before an instance is made. */
export const rdsSabotages: RdsSabotage[] = [
  {
    name: "target-outside-span",
    what: "the target is a time before the first backup",
    expects: { assertion: "source: target is within reach", cause: /cannot be restored: RDS reaches from/ },
    to: longAgo,
  },
  {
    name: "backup-too-old",
    what: "RDS describes its snapshots as made long ago",
    expects: { assertion: "source: backup is recent", cause: /is the age of .*; at most/ },
    answers: { snapshot: () => ({ SnapshotCreateTime: longAgo }) },
  },
  {
    name: "snapshots-gone",
    what: "RDS lists no snapshot",
    expects: { assertion: "source: backup is recent", cause: /there is no snapshot at all/ },
    answers: { snapshot: () => null },
  },
  {
    name: "backups-off",
    what: "RDS describes the source's automated backups as off",
    expects: { assertion: "source: automated backups are on", cause: /0 days: they are off/ },
    answers: { source: () => ({ BackupRetentionPeriod: 0 }) },
  },
  {
    name: "log-backups-stopped",
    what: "RDS describes its log backups as having stopped long ago",
    expects: { assertion: "objectives: recovery point", cause: /would have been lost .*; at most/ },
    answers: { source: () => ({ LatestRestorableTime: longAgo }) },
  },
  {
    name: "wrong-key",
    what: "RDS refuses to restore as it does where the key of the storage is disabled or denied",
    expects: { assertion: "recovery: restored", cause: /cannot use the KMS key/ },
    answers: {
      refusal: { name: "KMSKeyNotAccessibleFault", message: "The specified KMS key is not accessible" },
    },
  },
  {
    name: "no-permission",
    what: "RDS refuses to restore as it does where the caller has no right to",
    expects: {
      assertion: "recovery: restored",
      cause: /not authorized to perform: rds:RestoreDBInstanceToPointInTime/,
    },
    answers: {
      refusal: {
        name: "AccessDenied",
        message: "User is not authorized to perform: rds:RestoreDBInstanceToPointInTime",
      },
    },
  },
  {
    name: "key-lost",
    what: "RDS describes the copy as it does where the key is lost while it restores",
    expects: { assertion: "recovery: restored", cause: /is inaccessible-encryption-credentials/ },
    answers: { copy: () => ({ DBInstanceStatus: "inaccessible-encryption-credentials" }) },
  },
  {
    name: "disk-full",
    what: "RDS describes the copy's disk as full",
    expects: { assertion: "recovery: restored", cause: /is storage-full/ },
    answers: { copy: () => ({ DBInstanceStatus: "storage-full" }) },
  },
  {
    name: "never-available",
    what: "the copy never gets further than being made",
    expects: { assertion: "recovery: restored", cause: /still creating after/ },
    answers: { copy: () => ({ DBInstanceStatus: "creating" }) },
    questions: 8,
  },
  {
    name: "restore-killed",
    what: "the copy is deleted while RDS makes it",
    expects: { assertion: "recovery: restored", cause: /there is no such RDS instance/ },
    meanwhile: deleteCopy,
  },
  {
    name: "copy-in-source-network",
    what: "RDS describes the copy as being in the source's security groups",
    expects: { assertion: "safety: copy stands apart", cause: /the copy is in .*, as the source is/ },
    answers: { copy: (_, { VpcSecurityGroups }) => ({ VpcSecurityGroups }) },
  },
  {
    name: "recovery-ended-early",
    what: "the copy is left as where recovery ended before the target",
    expects: {
      assertion: "recovery: stopped at the target",
      cause: /marker \d+, .* is not there: recovery ended early/,
    },
    damage: loseMarker,
  },
  {
    name: "table-emptied",
    what: "the newest moment is restored, and in the copy a table is emptied",
    expects: { assertion: "content: no table was emptied", cause: /is empty and had [1-9]\d* rows in the drill of/ },
    to: "newest",
    damage: emptyTable,
  },
  {
    name: "row-changed",
    what: "in the copy, one value of one row is changed past its triggers",
    expects: { assertion: "content: rows and values", cause: /has as many rows in both, but other values/ },
    damage: changeOneRow,
  },
];

const outOfReach = "its files are RDS's own, and nobody else can reach them to break them";

/** Sabotages of pgBackRest's repositories that mean nothing on RDS, and why. */
export const notOnRds: Record<string, string> = {
  "wal-segment-gone": `RDS's log backups are out of reach; log-backups-stopped shows that a drill notices when they end`,
  "wal-dropped": `RDS has no archive queue of ours; log-backups-stopped shows that a drill notices when its log backups end`,
  "backup-byte-flipped": `a snapshot: ${outOfReach}`,
  "manifest-gone": `RDS has no manifest of ours; snapshots-gone shows that a drill notices a backup that is not there`,
  "page-flipped": `the data folder: ${outOfReach}`,
};

/** @throws {LandfallError} usage, with the reason where it means nothing on RDS */
export function chooseRdsSabotage(name: string): RdsSabotage {
  const found = rdsSabotages.find((sabotage) => sabotage.name === name);
  if (found) return found;
  const reason = notOnRds[name];
  throw new LandfallError(
    "usage",
    reason ? `${name} does not apply to RDS: ${reason}` : `there is no sabotage ${name}`,
    `--sabotage with one of ${rdsSabotages.map((one) => one.name).join(", ")}`,
  );
}
