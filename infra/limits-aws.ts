import type { StackConfig } from "./schema.ts";

/** AWS's own limits, checked before anything is asked of it. */
interface Contradiction {
  /** Below the project's namespace, for example `aws.database.iops`. */
  key: string;
  value: unknown;
  message: string;
}

/** Below this size gp3 has 3000 IOPS and 125 MiB/s, and RDS refuses others. Source: RDS User Guide, "gp3 storage". */
const gp3Settable = 400;

/** Values of the aws section that are right by themselves and wrong together. */
export function awsContradictions({ aws, schedule: _, ...config }: StackConfig): Contradiction[] {
  const { network, database, pooler } = aws;
  const problems: Contradiction[] = [];
  const add = (key: string, value: unknown, message: string) => problems.push({ key: `aws.${key}`, value, message });
  const { iops, throughput, storage_gb: size } = database;
  for (const [key, value] of [
    ["database.iops", iops],
    ["database.throughput", throughput],
  ] as const) {
    if (value !== undefined && size < gp3Settable) {
      add(key, value, `must be left away below ${gp3Settable} GB of storage_gb: gp3 has fixed figures there`);
    }
  }
  if (size >= gp3Settable && iops !== undefined && iops < 12_000)
    add("database.iops", iops, "must be at least 12000, which gp3 includes from 400 GB on");
  if (iops !== undefined && iops > size * 500)
    add("database.iops", iops, "must be at most 500 for each GB of storage_gb");
  if (throughput !== undefined && throughput > (iops ?? 12_000) / 4)
    add("database.throughput", throughput, "must be at most a quarter of iops, in MiB/s");
  if (database.storage_limit_gb < size * 1.1)
    add("database.storage_limit_gb", database.storage_limit_gb, "must be at least a tenth above storage_gb");
  if (database.master_password === "managed" && (database.replicas > 0 || database.blue_green)) {
    const message =
      "must be generated: RDS makes no replica and no blue/green deployment of an instance whose password it manages";
    add("database.master_password", "managed", message);
  }
  if (database.version && !database.version.startsWith(`${config.database.major ?? 17}.`))
    add("database.version", database.version, `must be a version of database.major (${config.database.major ?? 17})`);
  if (network.vpc && network.subnets.length < 2)
    add("network.subnets", network.subnets, "must name two subnets at least");
  if (network.vpc && network.route_tables.length === 0)
    add("network.route_tables", network.route_tables, "must name the subnets' route tables");
  if (network.zones.length === 1) add("network.zones", network.zones, "must name two zones at least");
  if (pooler.kind === "pgbouncer" && Math.floor(config.postgresql.max_connections / (pooler.tasks + 1)) < 8)
    add("pooler.tasks", pooler.tasks, "must be fewer: each PgBouncer needs some connections of max_connections");
  return problems;
}
