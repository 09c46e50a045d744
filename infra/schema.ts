import { z } from "zod";
import { awsSchema } from "./schema-aws.ts";
import {
  absolutePath,
  choice,
  cron,
  decimal,
  flag,
  identifier,
  memory,
  moment,
  span,
  text,
  timeZone,
  webAddress,
  whole,
} from "./settings.ts";

/**
 * Everything that a stack's configuration can say, with its defaults. The keys of `postgresql` and `pooler` are PostgreSQL's
 * and PgBouncer's own. What has no default here is computed from the machine's size (components/database.ts).
 */

const postgresql = z.strictObject({
  max_connections: whole(20, 5000, "Connections that the server accepts.").default(100),
  shared_buffers: memory("The server's own cache; a quarter of the memory unless set.").optional(),
  effective_cache_size: memory(
    "What the planner takes for cached; three quarters of the memory unless set.",
  ).optional(),
  work_mem: memory(
    "Memory of one sort or hash before it goes to disk; from memory and connections unless set.",
  ).optional(),
  maintenance_work_mem: memory("Memory of index builds and VACUUM; a sixteenth of the memory unless set.").optional(),
  min_wal_size: memory("WAL that is kept for reuse.").default("256MB"),
  max_wal_size: memory("WAL that forces a checkpoint.").default("2GB"),
  wal_buffers: memory("WAL not yet written; the server chooses unless set.").optional(),
  checkpoint_timeout: span("Time between checkpoints.").default("15min"),
  checkpoint_completion_target: decimal(0, 1, "Share of that time over which a checkpoint is spread.").default(0.9),
  random_page_cost: decimal(0.1, 100, "Cost of a random read against a sequential one; 1.1 suits SSDs.").default(1.1),
  effective_io_concurrency: whole(0, 1000, "Reads that storage serves at once; 200 suits SSDs.").default(200),
  default_statistics_target: whole(1, 10000, "Detail of the planner's statistics.").default(100),
  statement_timeout: span("Ends a statement that runs longer.").default("0"),
  idle_in_transaction_session_timeout: span("Ends a session that leaves a transaction open and idle.").default("10min"),
  lock_timeout: span("Ends a statement that waits longer for a lock.").default("0"),
  log_min_duration_statement: span("Logs statements that take at least so long.").default("1s"),
  archive_timeout: span(
    "At the latest after this time a WAL segment is archived: the bound of what a lost disk can cost.",
  ).default("60s"),
  pg_stat_statements: flag("Keeps figures of every kind of statement.").default(true),
  additional: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("Any other parameter of PostgreSQL, as name: value."),
});

const pooler = z.strictObject({
  max_client_conn: whole(10, 100_000, "Clients that the pooler accepts.").default(1000),
  default_pool_size: whole(1, 1000, "Server connections of one user; from the budget unless set.").optional(),
  max_db_connections: whole(
    1,
    5000,
    "Server connections of all users together; the whole budget unless set.",
  ).optional(),
  reserved_connections: whole(5, 1000, "Connections kept free for migrations, backups, monitoring and people.").default(
    15,
  ),
  query_wait_timeout: span("A client that waits longer for a connection gets an error.").default("30s"),
  query_timeout: span("Ends a query that runs longer.").default("0"),
  client_idle_timeout: span("Closes clients that are idle longer.").default("0"),
  server_idle_timeout: span("Closes server connections that are idle longer.").default("10min"),
  server_lifetime: span("Closes server connections that are older, once idle.").default("1h"),
  server_connect_timeout: span("Gives up a login at the server after this time.").default("15s"),
  idle_transaction_timeout: span("Closes clients that leave a transaction idle longer.").default("10min"),
});

const secondRepository = z
  .strictObject({
    directory: absolutePath("Folder of a second repository, best on another disk or machine.").optional(),
    s3: z
      .strictObject({
        bucket: text("Bucket of an S3-compatible store, as second repository."),
        endpoint: text(
          "The store's host, such as s3.eu-central-1.amazonaws.com; with its port where that is not 443. A name: pgBackRest finds no address in a certificate.",
        ),
        uri_style: z
          .enum(["host", "path"])
          .default("host")
          .describe(
            "Whether the bucket stands in the host's name, as with AWS, or in the path, as with most stores of one's own.",
          ),
        ca_file: absolutePath(
          "The authority that signed the store's certificate, where it is not a public one.",
        ).optional(),
        region: text("The bucket's region."),
        path: absolutePath("Path inside the bucket.").default("/landfall"),
        key: text("Access key."),
        key_secret: text("Its secret; set it with `pulumi config set --secret --path`."),
      })
      .optional(),
  })
  .prefault({});

const backups = z.strictObject({
  full: cron("When a full backup is taken.").default("0 2 * * 0"),
  differential: cron("When a differential backup is taken.").default("0 2 * * 1-6"),
  incremental: cron("When an incremental backup is taken; never unless set.").optional(),
  verify: cron("When every file of the repository is read and compared with its checksum.").default("30 5 * * 6"),
  retain: cron("When retention is applied, beside after each backup.").default("0 6 * * *"),
  retention: z
    .strictObject({
      full: whole(1, 365, "Full backups that are kept, with everything that depends on them.").default(2),
      days: whole(1, 3650, "Days over which any moment can be restored.").default(14),
    })
    .prefault({}),
  repository: absolutePath("Folder of the backup repository (native); beside the data folder unless set.").optional(),
  second: secondRepository,
  encryption: choice(
    ["none", "aes-256-cbc"],
    "How repositories are encrypted, with a generated passphrase. Set before the first `up`: it cannot be changed later.",
  ).default("none"),
  compression: choice(["zst", "lz4", "gz", "none"], "How backups are compressed.").default("zst"),
  processes: whole(1, 64, "Processes of a backup or restore; half the processors unless set.").optional(),
});

const drill = z.strictObject({
  cron: cron("When the latest backup is restored beside the database and proven.").default("0 4 * * *"),
  recovery_time_objective: span("The longest that a restore may take.").default("1h"),
  recovery_point_objective: span("The most that may be lost, as time before the loss.").default("5min"),
  backup_age_objective: span("How old the latest backup may be.").default("26h"),
  alert_after: span("Without a drill that passed for so long there is an alert.").default("3d"),
  smoke_queries: z
    .array(text("A query."))
    .default([])
    .describe("Queries that the application's role runs in the restored copy: none may fail or answer with false."),
  may_be_empty: z
    .array(text("A table, as schema.table."))
    .default([])
    .describe("Tables that may become empty between two drills; any other that does fails the drill."),
});

const roles = z.strictObject({
  generation: whole(1, 1_000_000, "Raised by `npm run rotate-passwords`: another number, other passwords.").default(1),
  rotated_at: moment("When that was done; written by the same verb.").optional(),
  grace: span("How long the application's login before a rotation goes on working.").default("1d"),
});

const monitoring = z.strictObject({
  scrape_interval: span("Time between two readings of the metrics.").default("15s"),
  retention: span("How long metrics are kept.").default("15d"),
  webhook: webAddress("Where alerts are posted, in Alertmanager's webhook format; nowhere unless set.").optional(),
});

const schedule = z.strictObject({
  timezone: timeZone("Zone of all times in the schedule.").default("UTC"),
  marker: span("Time between two marker rows, by which drills see where recovery ended; 0 for none.").default("5s"),
  vacuum: cron("When VACUUM ANALYZE is run over every table.").default("0 3 * * *"),
  slow_queries: cron("When the digest of slow queries is written.").default("0 7 * * *"),
});

const port = (server: string) => whole(1024, 65535, `Port of ${server}; a free one is chosen unless set.`).optional();

const native = z.strictObject({
  directory: absolutePath("Folder of the stack; Landfall chooses one unless set.").optional(),
  install: choice(["auto", "never"], "Whether missing programs may be installed from the system's packages.").default(
    "auto",
  ),
  memory: memory("Memory that the database may plan with; half of the machine's, at most 4GB, unless set.").optional(),
  cpus: whole(1, 1024, "Processors that the database may plan with; all of the machine's unless set.").optional(),
  ports: z
    .strictObject({
      database: port("PostgreSQL"),
      pooler: port("PgBouncer"),
      prometheus: port("Prometheus"),
      alertmanager: port("Alertmanager"),
      postgres_exporter: port("postgres_exporter"),
      pgbouncer_exporter: port("pgbouncer_exporter"),
      scheduler: port("the scheduler's metrics"),
    })
    .prefault({}),
});

const docker = z.strictObject({
  base_image: text("Image that all others are built on: Debian 13 or later, pinned by digest.").default(
    "debian:trixie-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132",
  ),
  listen: text("Address of this machine that published ports listen on.").default("127.0.0.1"),
  publish: z
    .strictObject({
      database: flag("Publishes PostgreSQL's own port, for migrations from this machine.").default(false),
      monitoring: flag("Publishes Prometheus, Alertmanager and the exporters.").default(false),
    })
    .prefault({}),
  ports: z
    .strictObject({
      database: port("PostgreSQL"),
      pooler: port("PgBouncer"),
      prometheus: port("Prometheus"),
      alertmanager: port("Alertmanager"),
      postgres_exporter: port("postgres_exporter"),
      pgbouncer_exporter: port("pgbouncer_exporter"),
      scheduler: port("the scheduler's metrics"),
      grafana: port("Grafana"),
    })
    .prefault({}),
  database_memory_mb: whole(
    512,
    1_048_576,
    "Memory of the database's container, in MB; its settings are sized to it.",
  ).default(2048),
  container_memory_mb: whole(64, 65_536, "Memory of every other container, in MB.").default(512),
  cpus: whole(1, 1024, "Processors that the database may plan with.").default(2),
  grafana: text("Grafana's official image, to have it beside Prometheus with a dashboard; none unless set.").optional(),
});

export const stackConfigSchema = z.strictObject({
  target: choice(["native", "docker", "aws"], "Where the stack runs."),
  database: z
    .strictObject({
      name: identifier("Name of the application's database.").default("app"),
      major: whole(14, 18, "Major version of PostgreSQL; the newest at hand unless set.").optional(),
      extensions: z
        .array(text("An extension."))
        .default([])
        .describe("Extensions to create, such as citext or pg_trgm."),
    })
    .prefault({}),
  postgresql: postgresql.prefault({}),
  pooler: pooler.prefault({}),
  roles: roles.prefault({}),
  backups: backups.prefault({}),
  drill: drill.prefault({}),
  monitoring: monitoring.prefault({}),
  schedule: schedule.prefault({}),
  native: native.prefault({}),
  docker: docker.prefault({}),
  aws: awsSchema.prefault({}),
});

export type StackConfig = z.infer<typeof stackConfigSchema>;
