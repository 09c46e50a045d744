import type { PlannedStep } from "../stack/events.ts";

/** What is lost when a resource is deleted. */
interface Store {
  /** Pulumi's type of the resource; dynamic resources have the names of infra/providers. */
  type: string;
  what: string;
  /** Resources of the type that hold nothing that is not elsewhere too. */
  unless?: (step: PlannedStep) => boolean;
}

const text = (step: PlannedStep, key: string): string => {
  const value = (step.old ?? step.inputs)[key];
  return typeof value === "string" ? value : "";
};

/** What data or backups live in, on every target. A type that is not here can be made again from the program. */
const stores: Store[] = [
  { type: "pulumi-nodejs:dynamic/landfall:cluster", what: "the database's files" },
  { type: "pulumi-nodejs:dynamic/landfall:home", what: "the folder with the database's files" },
  { type: "pulumi-nodejs:dynamic/landfall:stanza", what: "the backup repository" },
  {
    type: "docker:index/volume:Volume",
    what: "a volume with data",
    // Sockets, scratch space, metrics: made again by whoever writes them.
    unless: (step) => /-(etc|run|scratch|metrics|schedule)$/.test(text(step, "name")),
  },
  {
    type: "aws:rds/instance:Instance",
    what: "the database",
    unless: (step) => text(step, "replicateSourceDb") !== "",
  },
  { type: "aws:rds/cluster:Cluster", what: "the database" },
  { type: "aws:rds/snapshot:Snapshot", what: "a snapshot" },
  { type: "aws:backup/vault:Vault", what: "the vault with the snapshots" },
  { type: "aws:kms/key:Key", what: "the key without which neither database nor snapshots can be read" },
  { type: "aws:s3/bucket:Bucket", what: "a bucket" },
  { type: "aws:s3/bucketV2:BucketV2", what: "a bucket" },
  { type: "aws:ebs/volume:Volume", what: "a disk" },
  { type: "aws:efs/fileSystem:FileSystem", what: "a file system" },
];

/** What would be lost with the resource of a step; undefined where nothing would. */
export function storeOf(step: PlannedStep): string | undefined {
  const store = stores.find(({ type }) => type === step.type);
  return store && !store.unless?.(step) ? store.what : undefined;
}
