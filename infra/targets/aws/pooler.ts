import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { pgbouncerIni, poolBudget } from "../../components/pooler.ts";
import { poolerRole, scramVerifier } from "../../components/roles.ts";
import { certificate } from "../../resources.ts";
import type { StackConfig } from "../../schema.ts";
import type { Pooler } from "../../target.ts";
import type { AwsDatabase } from "./database.ts";
import { consoleOf, pgbouncerExporter } from "./exporters.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import type { AwsRoles } from "./roles.ts";
import { Secret } from "./secrets.ts";
import { runsOnFargate, Task } from "./task.ts";

/** /dev/shm is memory, and the only place that the task can write to. */
const home = "/dev/shm";
const script = `set -eu; umask 077; cd ${home}
printf %s "$DATABASE_CA" > ca.crt
printf %s "$INI" > pgbouncer.ini
printf %s "$USERLIST" > userlist.txt
printf %s "$CERTIFICATE" > pooler.crt
printf %s "$KEY" > pooler.key
exec pgbouncer pgbouncer.ini`;

/** PgBouncer on Fargate, one or more, behind an internal load balancer that passes TLS through. */
export class AwsPooler extends pulumi.ComponentResource implements Pooler {
  readonly connection: Pooler["connection"];
  readonly parts: Pooler["parts"];
  /** What alarms name. */
  readonly balancer: aws.lb.LoadBalancer;
  readonly targets: aws.lb.TargetGroup;
  readonly service: aws.ecs.Service;
  /** Metrics page of each PgBouncer, by their common name; undefined where there are no exporters. */
  readonly metrics: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    ground: Ground,
    database: AwsDatabase,
    roles: AwsRoles,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Pooler", name, {}, options);
    const { pooler, tier } = ground.config;
    const parent = { parent: this };
    this.balancer = new aws.lb.LoadBalancer(
      `${name}-balancer`,
      {
        name: ground.named("pooler"),
        internal: true,
        loadBalancerType: "network",
        subnets: ground.network.subnets,
        securityGroups: [ground.network.groups.id("balancer")],
        enableCrossZoneLoadBalancing: true,
        // Its name is in every application's connection string.
        enableDeletionProtection: tier === "production",
        tags: ground.tags("pooler"),
      },
      parent,
    );
    this.targets = new aws.lb.TargetGroup(
      `${name}-targets`,
      {
        namePrefix: "lf-",
        vpcId: ground.network.vpc,
        protocol: "TCP",
        port: ports.pooler,
        targetType: "ip",
        preserveClientIp: "false",
        deregistrationDelay: 30,
        healthCheck: { protocol: "TCP", interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 },
        tags: ground.tags("pooler-targets"),
      },
      parent,
    );
    const listener = new aws.lb.Listener(
      `${name}-listener`,
      {
        loadBalancerArn: this.balancer.arn,
        protocol: "TCP",
        port: ports.pooler,
        defaultActions: [{ type: "forward", targetGroupArn: this.targets.arn }],
        // Idle pooled connections of an application would be cut after 350 s without a word; this is the most there is.
        tcpIdleTimeoutSeconds: 6000,
        tags: ground.tags("pooler-listener"),
      },
      parent,
    );
    const task = this.#task(name, ground, database, roles);
    const registered = ground.discovery?.register(name, this);
    this.metrics = registered && pulumi.interpolate`http://${registered.host}:${ports.pgbouncer_exporter}/metrics`;
    this.service = new aws.ecs.Service(
      `${name}-service`,
      {
        ...runsOnFargate(ground, task, "pooler"),
        name: ground.named("pooler"),
        desiredCount: pooler.tasks,
        // One more than wanted while a new version starts: the pools are divided by that number.
        deploymentMaximumPercent: Math.ceil(((pooler.tasks + 1) / pooler.tasks) * 100),
        deploymentMinimumHealthyPercent: 100,
        loadBalancers: [{ targetGroupArn: this.targets.arn, containerName: name, containerPort: ports.pooler }],
        ...(registered ? { serviceRegistries: { registryArn: registered.arn } } : {}),
        tags: ground.tags("pooler-service"),
      },
      { parent: this, dependsOn: [listener, roles.ready] },
    );
    const caFile = ground.authorityFile("ca.crt", ground.authorityCertificate, this);
    this.connection = pulumi.all([this.balancer.dnsName, caFile]).apply(([host, file]) => ({
      host,
      port: ports.pooler,
      // Debian 13's PgBouncer is 1.24.
      preparedStatements: true,
      tls: { mode: "verify-full" as const, caFile: file },
    }));
    this.parts = pulumi.all([this.balancer.dnsName, task.log.name]).apply(([host, log]) => [
      {
        name: "pooler",
        what: `PgBouncer, transaction mode, ${pooler.tasks} on Fargate`,
        address: `${host}:${ports.pooler}`,
        log,
      },
    ]);
    this.registerOutputs({ connection: this.connection });
  }

  #task(name: string, ground: Ground, database: AwsDatabase, roles: AwsRoles): Task {
    const { config } = ground.stack;
    const { pooler } = ground.config;
    // The first becomes the subject, which may be 64 long; a load balancer's name is longer, and is compared as the second.
    const inside = ground.discovery ? ["localhost"] : [];
    const hosts = this.balancer.dnsName.apply((host) => [ground.named("pooler"), host, ...inside]);
    const own = certificate(`${name}-certificate`, { authority: ground.signer, hosts }, { parent: this });
    const userlist = pulumi.all(roles.passwords).apply(managedUserlist);
    const console = roles.passwords.monitor.apply(consoleOf);
    const secret = new Secret(
      `${name}-files`,
      ground,
      {
        description: "PgBouncer's users, certificate and key",
        value: {
          userlist,
          certificate: own.get("certificate"),
          key: own.get("key"),
          ...(ground.discovery ? { console } : {}),
        },
      },
      { parent: this },
    );
    const ini = database.instance.address.apply((host) =>
      managedIni(config, { host, tasks: pooler.tasks, name: config.database.name }),
    );
    return new Task(
      name,
      ground,
      {
        image: "pooler",
        cpu: pooler.cpu,
        memoryMB: pooler.memory_mb,
        script,
        environment: { INI: ini, DATABASE_CA: ground.databaseAuthorities, SECRET_VERSION: secret.version },
        secrets: {
          USERLIST: secret.key("userlist"),
          CERTIFICATE: secret.key("certificate"),
          KEY: secret.key("key"),
        },
        secretArns: [secret.arn],
        port: ports.pooler,
        sidecars: ground.discovery ? [pgbouncerExporter(ground, secret.key("console"))] : [],
      },
      { parent: this },
    );
  }
}

/**
 * RDS lets no one read pg_authid, so PgBouncer cannot look passwords up: it is given the verifiers. The same verifier stands
 * in the database, so that PgBouncer can log in with what the client proved (its manual, "scram-sha-256").
 */
export function managedUserlist(passwords: Record<string, string>): string {
  const lines = Object.entries(passwords)
    .filter(([role]) => /^(app|readonly)(_alt)?$|^monitor$/.test(role))
    .map(([role, password]) => `"${role}" "${scramVerifier(role, password)}"\n`);
  return lines.join("");
}

/** pgbouncer.ini of one of several PgBouncers, which share the budget; one more than wanted runs while a new version starts. */
export function managedIni(config: StackConfig, args: { host: string; tasks: number; name: string }): string {
  const budget = poolBudget(config);
  const share = (value: number, by: number) => Math.max(1, Math.floor(value / by));
  const own = {
    ...config.pooler,
    max_client_conn: Math.ceil(budget.maxClients / args.tasks),
    max_db_connections: share(budget.maxDbConnections, args.tasks + 1),
    default_pool_size: share(budget.poolSize, args.tasks + 1),
  };
  const { text } = pgbouncerIni({
    database: { name: args.name, host: args.host, port: ports.database },
    listen: { host: "*", port: ports.pooler },
    authFile: `${home}/userlist.txt`,
    authRole: poolerRole,
    authQuery: "",
    statsRole: "monitor",
    tls: { certificate: `${home}/pooler.crt`, key: `${home}/pooler.key`, ca: `${home}/ca.crt` },
    config: { ...config, pooler: own },
  });
  return text
    .split("\n")
    .filter((line) => !/^auth_(user|query) = /.test(line))
    .join("\n");
}
