import { z } from "zod";

/**
 * What a stack gives to whoever works with it: the only thing that scripts know of the infrastructure, the same for every
 * target. No Pulumi here, so that scripts can check at run time what they were handed.
 */

const port = z.int().min(1).max(65535);
const address = z.strictObject({ host: z.string().min(1), port });

/** A role of the database that can log in. The password is a Pulumi secret on its way here. */
const login = z.strictObject({ name: z.string().min(1), password: z.string().min(1) });

/** How a client must speak to the database or the pooler. `caFile` is the path of the authority's certificate. */
const tls = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("disable") }),
  z.strictObject({ mode: z.literal("verify-full"), caFile: z.string().min(1) }),
]);

export const roleNames = ["migrator", "app", "readonly", "monitor", "backup"] as const;
export type RoleName = (typeof roleNames)[number];

/** Metrics pages by what they measure; one that a stack has not is absent. */
const exporters = z.strictObject({
  postgres: z.url().optional(),
  /** On AWS the name stands for each PgBouncer there is: Prometheus' dns_sd_configs finds them all. */
  pgbouncer: z.url().optional(),
  scheduler: z.url().optional(),
});

export const stackOutputsSchema = z.strictObject({
  /** Raised when a field changes its meaning; scripts refuse a contract that they do not know. */
  contract: z.literal(1),
  project: z.string(),
  stack: z.string(),
  target: z.enum(["native", "docker", "aws"]),

  /** The database itself: for the migrator, for verification, for backups. The application goes through the pooler. */
  database: z.strictObject({
    ...address.shape,
    name: z.string().min(1),
    /** PostgreSQL's major version, for example 17. */
    major: z.int().min(14),
    tls,
  }),

  /** PgBouncer or what stands in its place. */
  pooler: z.strictObject({
    ...address.shape,
    /** Whether protocol-level prepared statements survive transaction pooling (PgBouncer 1.21 and later). */
    preparedStatements: z.boolean(),
    tls,
  }),

  /**
   * Who may log in. `owner` owns every object and cannot log in: the migrator does its work as that role (SET ROLE), so
   * that what it makes belongs to the owner whoever made it.
   */
  roles: z.strictObject({
    owner: z.string().min(1),
    ...(Object.fromEntries(roleNames.map((name) => [name, login])) as Record<RoleName, typeof login>),
  }),

  /** Connections, so that sum of the pools + reserved ≤ maxConnections always holds. */
  budget: z.strictObject({
    maxConnections: z.int().positive(),
    reserved: z.int().nonnegative(),
    poolSize: z.int().positive(),
    maxDbConnections: z.int().positive(),
    maxClients: z.int().positive(),
  }),

  /** Where backups are made and how a script reaches the tool that makes them. */
  backup: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("pgbackrest"),
      stanza: z.string().min(1),
      /** Path of pgbackrest.conf as the tool sees it. */
      config: z.string().min(1),
      /** Repository folders or URLs, first the one that is restored from. */
      repositories: z.array(z.string().min(1)).min(1),
      /** How long backups are kept: at least so many full ones, and any moment of so many days. */
      retention: z.strictObject({ full: z.int().positive(), days: z.int().positive() }),
      /** Data folder of the cluster as the tool sees it. */
      dataDirectory: z.string().min(1),
      /** Folder for what is kept of each backup and each drill, as the tool sees it: it outlives the data. */
      records: z.string().min(1),
      run: z.discriminatedUnion("how", [
        /** On this machine, as this account, with these programs. */
        z.strictObject({
          how: z.literal("local"),
          /** The account that owns the data folder; null where it is the account of the caller. */
          account: z.strictObject({ name: z.string(), uid: z.int(), gid: z.int(), home: z.string() }).nullable(),
          pgbackrest: z.string().min(1),
          /** Folder of the server's programs: postgres, pg_ctl, pg_checksums, … */
          serverBin: z.string().min(1),
          /** PgBouncer, for a pooler in front of a restored copy. */
          pgbouncer: z.string().min(1),
          /** Folder in which a restored copy may be set up beside the running cluster. */
          scratch: z.string().min(1),
          /** What the server is started and stopped by (machine/daemon.ts); null where that cannot be done from here. */
          server: z.string().min(1).nullable(),
        }),
        /** In a container that has this repository: the verb itself is run there, with the outputs as seen from inside. */
        z.strictObject({
          how: z.literal("container"),
          container: z.string().min(1),
          /** Folder of this repository, its Node, and the outputs' file, all inside the container. */
          project: z.string().min(1),
          node: z.string().min(1),
          outputs: z.string().min(1),
          /** The container of the database's server, which a restore in place stops and starts. */
          server: z.string().min(1).optional(),
        }),
      ]),
    }),
    /** RDS makes them itself: snapshots every day, WAL all the time, copies in a vault. */
    z.strictObject({
      kind: z.literal("rds"),
      region: z.string().min(1),
      /** Identifier of the instance that is backed up. */
      identifier: z.string().min(1),
      /** Any moment of so many days can be restored; snapshots in the vault are kept for their own, longer time. */
      retention: z.strictObject({ days: z.int().positive(), vaultDays: z.int().positive() }),
      /** Name of the AWS Backup vault. */
      vault: z.string().min(1),
      /** Part of an S3 bucket for what is kept of each drill and of the schedule: objects whose names begin with prefix/. */
      records: z.strictObject({ bucket: z.string().min(3), prefix: z.string() }),
      /** What AWS does by itself on time, for people: `schedule` lists it beside what our scheduler does. */
      runs: z.array(z.strictObject({ name: z.string().min(1), by: z.string().min(1), when: z.string().min(1) })),
      /** Where and how a drill sets up its temporary instance: never the source's own security groups. */
      drill: z.strictObject({
        subnetGroup: z.string().min(1),
        securityGroups: z.array(z.string().min(1)).min(1),
        parameterGroup: z.string().min(1),
        instanceClass: z.string().min(1),
      }),
    }),
  ]),

  /** What a restore drill has to show, besides that the backup is whole. */
  drill: z.strictObject({
    /** The longest that a restore may take, milliseconds. */
    recoveryTimeObjectiveMs: z.int().positive(),
    /** The most that may be lost, as time before the loss, milliseconds. */
    recoveryPointObjectiveMs: z.int().positive(),
    /** How old the latest backup may be, milliseconds. */
    backupAgeObjectiveMs: z.int().positive(),
    /** Queries that the application's role runs in the copy: none may fail, and none may answer with false. */
    smokeQueries: z.array(z.string().min(1)),
    /** Tables that may become empty between two drills, as schema.table. */
    mayBeEmpty: z.array(z.string().min(1)),
  }),

  monitoring: z.union([
    /** Metrics and alerts by Prometheus and Alertmanager. */
    z.strictObject({
      prometheus: z.url(),
      alertmanager: z.url(),
      exporters,
    }),
    /** Metrics and alarms by CloudWatch; the exporters, if asked for, are for who runs a Prometheus of their own. */
    z.strictObject({
      cloudwatch: z.strictObject({
        region: z.string().min(1),
        dashboard: z.string().min(1),
        alarms: z.array(z.string().min(1)),
        /** ARN of the SNS topic that alarms are sent to. */
        topic: z.string().min(1),
      }),
      exporters,
    }),
  ]),

  /** What runs where, for people: printed by `start` and `status`. */
  parts: z.array(
    z.strictObject({
      name: z.string(),
      what: z.string(),
      address: z.string(),
      /** The file that its log goes to, or how to read it. */
      log: z.string(),
    }),
  ),
});

export type StackOutputs = z.infer<typeof stackOutputsSchema>;

/**
 * Checks what a stack handed over.
 * @throws {Error} with every problem, one a line, where the value is not what this version of the contract says
 */
export function parseStackOutputs(value: unknown): StackOutputs {
  const result = stackOutputsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "outputs"}: ${issue.message}`);
  throw new Error(problems.join("\n"));
}
