/** Where things are inside the containers: the same in all of them, so that one configuration fits each. */

/** Below this folder every volume is mounted under its own name. */
const base = "/var/lib/landfall";

export const volumeFolders = {
  etc: "configuration, written through ops, read by all",
  data: "the cluster",
  run: "sockets, and pgBackRest's locks",
  backups: "the repository: apart from the data, a volume of its own",
  scratch: "where drills restore to",
  metrics: "what Prometheus and Alertmanager keep",
  schedule: "what the scheduler remembers",
} as const;

/** What `down --keep-data` keeps. */
export const keptFolders: readonly VolumeName[] = ["data", "backups"];

export type VolumeName = keyof typeof volumeFolders;
export type Folder = VolumeName;

/** A path inside the containers. */
export const home = (folder: Folder, ...segments: string[]): string => [base, folder, ...segments].join("/");

/** The repository in the ops image. */
export const project = "/opt/landfall";
export const node = "/usr/local/bin/node";

/** Ports inside the network; every container has an address of its own, so they never collide. */
export const inside = {
  database: 5432,
  pooler: 6432,
  prometheus: 9090,
  alertmanager: 9093,
  postgres_exporter: 9187,
  pgbouncer_exporter: 9127,
  scheduler: 9188,
  grafana: 3000,
} as const;

export type Server = keyof typeof inside;

/** Where a published server listens on this machine, if nothing else does. */
export const wantedPorts: Record<Server, number> = { ...inside };
