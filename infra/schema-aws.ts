import { z } from "zod";
import { awsWindow, choice, cron, decimal, flag, text, whole } from "./settings.ts";

/**
 * What a stack on AWS can say. The defaults are those of production; a staging stack names what it saves on
 * (stacks/Pulumi.staging.yaml). Each description gives the reason of its default.
 */

const list = (what: string) => z.array(text(what)).default([]).describe(what);

const network = z.strictObject({
  vpc: text(
    "Id of a VPC to use instead of one of the stack's own, which is the default: nothing else is in it.",
  ).optional(),
  subnets: list("Ids of private subnets of that VPC, in two zones at least."),
  route_tables: list("Ids of those subnets' route tables, for the gateway to S3."),
  cidr: text("Addresses of the stack's own VPC; /20 leaves room for three zones.").default("10.74.0.0/20"),
  zones: list("Availability zones; the region's a and b unless set. RDS wants two at least, also without a standby."),
  endpoint_zones: whole(
    1,
    3,
    "Zones in which AWS's services have an endpoint; 2, so that the pooler starts again when a zone fails. Each costs by the hour.",
  ).default(2),
  client_security_groups: list("Security groups, besides the stack's own for applications, that may reach the pooler."),
});

const database = z.strictObject({
  version: text(
    "Exact version, such as 17.6; the newest minor of database.major at the first `up` unless set.",
  ).optional(),
  instance_class: text("Size of the instance; Graviton gives the most for its price.").default("db.m7g.large"),
  multi_az: flag("A standby in another zone; on, because a zone fails about once in some years, for hours.").default(
    true,
  ),
  storage_gb: whole(
    20,
    65_536,
    "Storage at first; it can grow and never shrink. 100, because gp3 gives 3000 IOPS at any size.",
  ).default(100),
  storage_limit_gb: whole(
    22,
    65_536,
    "Storage up to which RDS lets it grow by itself; five times the first, because a full disk stops the database.",
  ).default(500),
  iops: whole(3000, 64_000, "gp3's IOPS; settable from 400 GB on, included ones unless set.").optional(),
  throughput: whole(125, 4000, "gp3's MiB/s; settable from 400 GB on, included ones unless set.").optional(),
  deletion_protection: flag(
    "RDS refuses to delete the instance, whoever asks; on, because a slip of the hand costs everything.",
  ).default(true),
  final_snapshot: flag("A last snapshot when the instance is deleted; on, because it is the only way back.").default(
    true,
  ),
  backup_days: whole(
    1,
    35,
    "Days over which any moment can be restored; 14, so that damage found after a week's holiday can be undone.",
  ).default(14),
  backup_window: awsWindow("daily", "When the daily snapshot is taken, UTC; outside the maintenance window.").default(
    "01:00-02:00",
  ),
  maintenance_window: awsWindow(
    "weekly",
    "When AWS may restart the instance, UTC; a weekday's morning, when people are there.",
  ).default("tue:05:00-tue:06:00"),
  minor_upgrades: flag(
    "Minor versions are installed by AWS in the window; off, so that they are tried on staging first.",
  ).default(false),
  apply_immediately: flag(
    "Changes do not wait for the maintenance window; off, because some restart the instance.",
  ).default(false),
  master_password: choice(
    ["managed", "generated"],
    "Who keeps the master's password: Secrets Manager, which rotates it, or this stack's state. RDS makes no replica and no blue/green deployment of an instance whose password it manages.",
  ).default("managed"),
  iam_authentication: flag(
    "People may log in with their IAM identity; on, because no password has to be shared.",
  ).default(true),
  ca: text("Authority of the server's certificate; this one is good until 2061.").default("rds-ca-rsa2048-g1"),
  monitoring_interval: choice(
    ["0", "1", "5", "10", "15", "30", "60"],
    "Seconds between figures of the operating system; 60 is the cheapest that is there.",
  ).default("60"),
  insights: choice(
    ["standard", "advanced"],
    "Database Insights; standard keeps seven days and costs nothing, advanced keeps 15 months.",
  ).default("standard"),
  log_days: whole(1, 3653, "Days that logs are kept; 90, because questions about a quarter come after it.").default(90),
  replicas: whole(0, 5, "Read replicas; none, because they cost like the instance itself.").default(0),
  blue_green: flag(
    "Changes that restart are made on a copy, which then takes over; off, because it doubles the cost while it runs.",
  ).default(false),
  restore_snapshot: text("Name of a snapshot to start from, at the first `up` only.").optional(),
});

const pooler = z.strictObject({
  kind: choice(
    ["pgbouncer", "rds-proxy"],
    "PgBouncer on Fargate, with the limits set here, or RDS Proxy, which is AWS's to run and pins sessions (docs/aws.md).",
  ).default("pgbouncer"),
  tasks: whole(1, 10, "PgBouncers behind the load balancer; 2, one in each zone.").default(2),
  cpu: whole(256, 4096, "CPU units of a task; 1024 are one processor. PgBouncer uses one at most.").default(512),
  memory_mb: whole(512, 8192, "Memory of a task.").default(1024),
});

const scheduler = z.strictObject({
  cpu: choice(
    ["256", "512", "1024"],
    "CPU units of the scheduler's task; 256, because its drills work in the database.",
  ).default("256"),
  memory_mb: whole(1024, 8192, "Memory of the scheduler's task, of which a job of its needs most; 1024.").default(1024),
});

const images = z.strictObject({
  pooler: text("PgBouncer's image; the stack's own repository in ECR unless set.").optional(),
  ops: text("Image of this repository's verbs; the stack's own repository in ECR unless set.").optional(),
  monitoring: text("Image of the exporters; the stack's own repository in ECR unless set.").optional(),
  tag: text(
    "Tag of the images in the stack's own repositories; tags cannot be moved there, so a new build has a new one.",
  ).default("1"),
});

const backups = z.strictObject({
  vault_days: whole(
    7,
    3650,
    "Days that the vault keeps its snapshots; 35, one month and a weekend, apart from the instance's own.",
  ).default(35),
  lock: choice(
    ["off", "governance", "compliance"],
    "Whether snapshots can be deleted before their time; compliance can never be undone. Off, because the choice is yours.",
  ).default("off"),
  copy_region: text(
    "A second region that every snapshot is copied to; none, because it doubles what backups cost.",
  ).optional(),
  restore_testing: flag(
    "AWS Backup restores a snapshot once a week and throws it away; on, beside the drill, because it needs no code of ours.",
  ).default(true),
  drill: cron(
    "When this repository's own restore drill runs, in schedule.timezone; once a month, because it pays for an instance for an hour. drill.cron is for the other targets.",
  ).default("0 3 1 * *"),
});

const alarms = z.strictObject({
  emails: list("Who is told of alarms; each has to confirm once. Nobody, because we do not know you."),
  cpu_percent: whole(10, 100, "CPU over fifteen minutes; 85, above which queries queue.").default(85),
  free_storage_percent: whole(1, 90, "Free storage of the first size; 15 leaves time to look.").default(15),
  hours_until_full: whole(1, 720, "Hours until the storage is full if it goes on like this; 72, a weekend.").default(
    72,
  ),
  free_memory_mb: whole(64, 65_536, "Memory that is free; 256, below which the system swaps.").default(256),
  connections_percent: whole(10, 100, "Connections of max_connections; 85.").default(85),
  replica_lag_seconds: whole(1, 86_400, "How far a replica is behind; 60.").default(60),
  transaction_ids: whole(
    100_000_000,
    2_000_000_000,
    "Oldest transaction's age; one thousand million, half of what stops the database.",
  ).default(1_000_000_000),
  disk_queue: whole(1, 1000, "Requests that wait for the disk; 20.").default(20),
  burst_percent: decimal(1, 100, "What is left of the instance's burst credit; 20.").default(20),
  drill_days: whole(1, 3650, "Days without a drill that passed; 35, a month and some days more.").default(35),
  deadlocks: whole(1, 10_000, "Deadlocks in five minutes; 5, because one now and then is normal.").default(5),
});

export const awsSchema = z.strictObject({
  region: text("Region of everything.").default("eu-central-1"),
  tier: choice(
    ["production", "staging"],
    "What the stack is to you: policies forbid for production what staging may save on.",
  ).default("production"),
  tags: z
    .record(z.string(), z.string())
    .default({})
    .describe("Tags on everything, besides Project, Stack, Tier and ManagedBy."),
  network: network.prefault({}),
  database: database.prefault({}),
  pooler: pooler.prefault({}),
  scheduler: scheduler.prefault({}),
  images: images.prefault({}),
  backups: backups.prefault({}),
  alarms: alarms.prefault({}),
  exporters: flag(
    "Prometheus exporters for PgBouncer and PostgreSQL, found by DNS and read from the group `scraper`; off, because CloudWatch has the alarms.",
  ).default(false),
});

export type AwsConfig = z.infer<typeof awsSchema>;
