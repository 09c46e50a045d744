import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { poolBudget, pooledRoles } from "../../components/pooler.ts";
import { alternateOf } from "../../components/roles.ts";
import { parseSpan } from "../../settings.ts";
import type { Pooler } from "../../target.ts";
import type { AwsDatabase } from "./database.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import { allow, trust } from "./policy-documents.ts";
import type { AwsRoles } from "./roles.ts";
import { Secret } from "./secrets.ts";

/**
 * RDS Proxy in PgBouncer's place. It shares a connection only until a session uses something of its own (a prepared
 * statement at protocol level, SET, a temporary table): then it is pinned to one until it ends. docs/aws.md has the rest.
 */
export class RdsProxy extends pulumi.ComponentResource implements Pooler {
  readonly connection: Pooler["connection"];
  readonly parts: Pooler["parts"];
  readonly proxy: aws.rds.Proxy;

  constructor(
    name: string,
    ground: Ground,
    database: AwsDatabase,
    roles: AwsRoles,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:RdsProxy", name, {}, options);
    const parent = { parent: this };
    const { config } = ground.stack;
    const secrets = pooledRoles
      .flatMap((role) => [role, alternateOf(role)] as ("app" | "readonly")[])
      .map(
        (role) =>
          new Secret(
            `${name}-${role.replace("_", "-")}`,
            ground,
            { description: `RDS Proxy logs in as ${role}`, value: { username: role, password: roles.passwords[role] } },
            parent,
          ),
      );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: ground.named("rds-proxy"),
        description: "RDS Proxy reads the passwords that it logs in with",
        assumeRolePolicy: trust("rds.amazonaws.com"),
        tags: ground.tags("rds-proxy"),
      },
      parent,
    );
    const policy = allow([
      { actions: ["secretsmanager:GetSecretValue"], resources: secrets.map(({ arn }) => arn) },
      { actions: ["kms:Decrypt"], resources: [ground.key.arn] },
    ]);
    const granted = new aws.iam.RolePolicy(`${name}-policy`, { role: role.name, policy }, parent);
    const idle = parseSpan(config.pooler.client_idle_timeout) / 1000;
    this.proxy = new aws.rds.Proxy(
      `${name}-proxy`,
      {
        name: ground.named("pooler"),
        engineFamily: "POSTGRESQL",
        requireTls: true,
        roleArn: role.arn,
        vpcSubnetIds: ground.network.subnets,
        vpcSecurityGroupIds: [ground.network.groups.id("balancer")],
        // AWS takes 1 s to 8 h.
        idleClientTimeout: idle > 0 ? Math.min(idle, 28_800) : 28_800,
        auths: secrets.map(({ arn }) => ({
          authScheme: "SECRETS",
          clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
          iamAuth: "DISABLED",
          secretArn: arn,
        })),
        tags: ground.tags("pooler"),
      },
      { parent: this, dependsOn: [granted, roles.ready] },
    );
    const { maxDbConnections, maxConnections } = poolBudget(config);
    const group = new aws.rds.ProxyDefaultTargetGroup(
      `${name}-pool`,
      {
        dbProxyName: this.proxy.name,
        connectionPoolConfig: {
          maxConnectionsPercent: Math.max(1, Math.floor((maxDbConnections / maxConnections) * 100)),
          connectionBorrowTimeout: Math.max(1, parseSpan(config.pooler.query_wait_timeout) / 1000),
        },
      },
      parent,
    );
    new aws.rds.ProxyTarget(
      `${name}-target`,
      { dbProxyName: this.proxy.name, targetGroupName: group.name, dbInstanceIdentifier: database.instance.identifier },
      parent,
    );
    const caFile = ground.authorityFile("ca.crt", ground.publicAuthorities, this);
    this.connection = pulumi.all([this.proxy.endpoint, caFile]).apply(([host, file]) => ({
      host,
      port: ports.database,
      // They work, and pin the session: a pool that nobody shares any more.
      preparedStatements: false,
      tls: { mode: "verify-full" as const, caFile: file },
    }));
    this.parts = this.proxy.endpoint.apply((host) => [
      {
        name: "pooler",
        what: "RDS Proxy",
        address: `${host}:${ports.database}`,
        log: `/aws/rds/proxy/${ground.named("pooler")}`,
      },
    ]);
    this.registerOutputs({ connection: this.connection });
  }
}
