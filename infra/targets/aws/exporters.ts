import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsDatabase } from "./database.ts";
import type { Discovery } from "./discovery.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import { node, project } from "./layout.ts";
import type { AwsRoles } from "./roles.ts";
import { Secret } from "./secrets.ts";
import { type Container, runsOnFargate, Task } from "./task.ts";

const script = `set -eu; umask 077
printf %s "$DATABASE_CA" > /dev/shm/ca.crt
exec prometheus-postgres-exporter --web.listen-address=:${ports.postgres_exporter} --log.level=warn`;

/** PostgreSQL's exporter on Fargate, for a Prometheus in the group `scraper`. One: it reads the whole instance. */
export class PostgresExporter extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly log: pulumi.Output<string>;

  constructor(
    name: string,
    ground: Ground,
    discovery: Discovery,
    { database, roles }: { database: AwsDatabase; roles: AwsRoles },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:PostgresExporter", name, {}, options);
    const secret = new Secret(
      `${name}-login`,
      ground,
      { description: "the exporter logs in as monitor", value: { password: roles.passwords.monitor } },
      { parent: this },
    );
    const { name: databaseName } = ground.stack.config.database;
    const address = pulumi.interpolate`${database.instance.address}:${database.instance.port}`;
    const task = new Task(
      name,
      ground,
      {
        image: "monitoring",
        cpu: 256,
        memoryMB: 512,
        script,
        environment: {
          DATA_SOURCE_URI: pulumi.interpolate`${address}/${databaseName}?sslmode=verify-full&sslrootcert=/dev/shm/ca.crt`,
          DATA_SOURCE_USER: "monitor",
          DATABASE_CA: ground.databaseAuthorities,
          SECRET_VERSION: secret.version,
        },
        secrets: { DATA_SOURCE_PASS: secret.key("password") },
        secretArns: [secret.arn],
        port: ports.postgres_exporter,
      },
      { parent: this },
    );
    const { arn, host } = discovery.register(name, this);
    new aws.ecs.Service(
      `${name}-service`,
      {
        ...runsOnFargate(ground, task, "exporters"),
        name: ground.named(name),
        desiredCount: 1,
        serviceRegistries: { registryArn: arn },
        tags: ground.tags(`${name}-service`),
      },
      { parent: this, dependsOn: [roles.ready] },
    );
    this.url = pulumi.interpolate`http://${host}:${ports.postgres_exporter}/metrics`;
    this.log = task.log.name;
    this.registerOutputs({ url: this.url });
  }
}

const sidecarScript = `set -eu; umask 077
printf %s "$POOLER_CA" > /dev/shm/ca.crt
printf %s "$CONSOLE" > /dev/shm/console.dsn
exec ${node} ${project}/scripts/pgbouncer-exporter.mjs /dev/shm/console.dsn 0.0.0.0:${ports.pgbouncer_exporter}`;

/**
 * PgBouncer's exporter beside each PgBouncer, in its task: through the load balancer it would read now one, now another.
 * @param console a secret with the address of the admin console, see consoleOf
 */
export function pgbouncerExporter(ground: Ground, console: pulumi.Input<string>): Container {
  return {
    name: "pgbouncer-exporter",
    image: "ops",
    script: sidecarScript,
    environment: { POOLER_CA: ground.authorityCertificate },
    secrets: { CONSOLE: console },
    port: ports.pgbouncer_exporter,
    // Applications go on when only the figures are missing.
    essential: false,
    memoryMB: 256,
  };
}

/** The admin console of the PgBouncer in the same task: containers of a task share their loopback. */
export const consoleOf = (password: string): string =>
  `postgres://monitor:${encodeURIComponent(password)}@localhost:${ports.pooler}/pgbouncer?sslmode=verify-full&sslrootcert=/dev/shm/ca.crt`;
