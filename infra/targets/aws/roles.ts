import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { loginsOf, passwordsOf, rotationOf } from "../../components/access.ts";
import { managedAccessScript } from "../../components/managed-access.ts";
import type { LoginRole } from "../../components/roles.ts";
import { containerTask } from "../../resources.ts";
import type { Roles } from "../../target.ts";
import { type AwsDatabase, masterUser } from "./database.ts";
import type { Ground } from "./ground.ts";
import { Secret } from "./secrets.ts";
import { Task } from "./task.ts";

/** Hands psql the master's login and the server's authorities, and the script on stdin. */
const script = `set -eu; umask 077
printf %s "$DATABASE_CA" > /dev/shm/ca.crt
printf %s "$ACCESS_SQL" | exec psql -XAtq -v ON_ERROR_STOP=1 -f -`;

/**
 * The roles of the application's database. The database can be reached from inside the VPC only, so the SQL is run by a task
 * there, which this program starts and waits for.
 */
export class AwsRoles extends pulumi.ComponentResource implements Roles {
  readonly logins: Roles["logins"];
  readonly passwords: Record<LoginRole, pulumi.Output<string>>;
  /** Set once every role is there: what logs in depends on it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, ground: Ground, database: AwsDatabase, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Roles", name, {}, options);
    const { config } = ground.stack;
    const rotation = rotationOf(config.roles);
    this.passwords = passwordsOf(name, rotation, this);
    const sql = pulumi.all(this.passwords).apply((passwords) =>
      managedAccessScript({
        database: config.database.name,
        extensions: config.database.extensions,
        passwords,
        statStatements: config.postgresql.pg_stat_statements,
        rotation,
      }),
    );
    const secret = new Secret(
      `${name}-sql`,
      ground,
      { description: "roles and grants, with the passwords' verifiers", value: { sql } },
      { parent: this },
    );
    const task = new Task(
      name,
      ground,
      {
        image: "ops",
        cpu: 256,
        memoryMB: 512,
        script,
        environment: {
          PGHOST: database.instance.address,
          PGPORT: database.instance.port.apply(String),
          PGDATABASE: "postgres",
          PGUSER: masterUser,
          PGSSLMODE: "verify-full",
          PGSSLROOTCERT: "/dev/shm/ca.crt",
          DATABASE_CA: ground.databaseAuthorities,
        },
        secrets: {
          PGPASSWORD: pulumi.interpolate`${database.masterSecret}:password::`,
          ACCESS_SQL: secret.key("sql"),
        },
        secretArns: [database.masterSecret, secret.arn],
      },
      { parent: this, dependsOn: [database.instance] },
    );
    this.ready = containerTask(
      `${name}-run`,
      {
        region: ground.config.region,
        cluster: ground.cluster.arn,
        definition: task.definition.arn,
        subnets: pulumi.all(ground.network.subnets),
        securityGroups: ground.network.groups.id("ops").apply((group) => [group]),
        log: task.log.name,
        // The same SQL in another instance has to run again.
        runKey: pulumi
          .all([sql, database.instance.resourceId])
          .apply(([text, id]) => createHash("sha256").update(`${id}\n${text}`).digest("hex")),
      },
      { parent: this, dependsOn: [task, secret] },
    );
    this.logins = loginsOf(this.passwords, rotation);
    this.registerOutputs({ logins: Object.keys(this.passwords) });
  }
}
