import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConfig } from "../../schema-aws.ts";
import type { Naming } from "./naming.ts";

export const ports = {
  database: 5432,
  pooler: 6432,
  https: 443,
  postgres_exporter: 9187,
  pgbouncer_exporter: 9127,
  scheduler: 9188,
} as const;

/** Security groups, and what is in each. */
const groups = {
  application: "applications: attach it to what may speak to the pooler",
  balancer: "the pooler's load balancer, or RDS Proxy",
  pooler: "PgBouncer's tasks",
  ops: "this repository's verbs: roles, schedule, drills, migrations",
  database: "the database and its replicas",
  drill: "what a drill restores: the verbs reach it, and it reaches nobody",
  endpoints: "AWS's services inside the VPC",
} as const;
/** Further ones where there are exporters. */
const exporterGroups = {
  exporters: "PostgreSQL's exporter",
  scraper: "a Prometheus: attach it to what may read the exporters",
} as const;
export type Group = keyof typeof groups | keyof typeof exporterGroups;

/** Who may reach whom, by group and never by address: everything that is not here is refused. */
type Reach = [from: Group, to: Group, port: number];
const reaches: Reach[] = [
  ["application", "balancer", ports.pooler],
  ["ops", "balancer", ports.pooler],
  ["balancer", "pooler", ports.pooler],
  ["pooler", "database", ports.database],
  ["ops", "database", ports.database],
  ["ops", "drill", ports.database],
  ["pooler", "endpoints", ports.https],
  ["ops", "endpoints", ports.https],
];

/** RDS Proxy stands where the load balancer does, and speaks to the database itself, on the port of its clients. */
const proxyReaches: Reach[] = [
  ["application", "balancer", ports.database],
  ["ops", "balancer", ports.database],
  ["balancer", "database", ports.database],
  ["ops", "database", ports.database],
  ["ops", "drill", ports.database],
  ["ops", "endpoints", ports.https],
];

const exporterReaches: Reach[] = [
  ["scraper", "exporters", ports.postgres_exporter],
  ["scraper", "ops", ports.scheduler],
  ["exporters", "database", ports.database],
  ["exporters", "endpoints", ports.https],
];
const sidecarReaches: Reach[] = [["scraper", "pooler", ports.pgbouncer_exporter]];

function reachesOf({ pooler, exporters }: AwsConfig): Reach[] {
  const proxy = pooler.kind === "rds-proxy";
  return [
    ...(proxy ? proxyReaches : reaches),
    ...(exporters ? exporterReaches : []),
    ...(exporters && !proxy ? sidecarReaches : []),
  ];
}

/** The stack's security groups and their rules. */
export class Groups extends pulumi.ComponentResource {
  readonly #groups: Partial<Record<Group, aws.ec2.SecurityGroup>>;

  constructor(
    name: string,
    naming: Naming,
    { vpc, storage }: { vpc: pulumi.Output<string>; storage: pulumi.Output<string> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Groups", name, {}, options);
    const parent = { parent: this };
    this.#groups = Object.fromEntries(
      Object.entries({ ...groups, ...(naming.config.exporters ? exporterGroups : {}) }).map(([group, what]) => [
        group,
        new aws.ec2.SecurityGroup(
          `${name}-${group}`,
          {
            // A prefix: a group that has to be made anew must exist before its members leave the old one.
            namePrefix: `${naming.named(group)}-`,
            description: what,
            vpcId: vpc,
            tags: naming.tags(group),
          },
          parent,
        ),
      ]),
    );
    const rules = reachesOf(naming.config);
    for (const [from, to, port] of rules) this.#rule(name, naming, from, to, port);
    // Tasks' images have their layers in S3, which is reached through the gateway by its list of addresses.
    for (const from of rules.filter(([, to]) => to === "endpoints").map(([task]) => task)) {
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-${from}-to-s3`,
        {
          ...rule(ports.https, `${from} to S3`),
          securityGroupId: this.id(from),
          prefixListId: storage,
          tags: naming.tags(`${from}-to-s3`),
        },
        parent,
      );
    }
    const listens = naming.config.pooler.kind === "rds-proxy" ? ports.database : ports.pooler;
    naming.config.network.client_security_groups.forEach((client, index) => {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-client-${index + 1}`,
        {
          ...rule(listens, "a client's own group"),
          securityGroupId: this.id("balancer"),
          referencedSecurityGroupId: client,
          tags: naming.tags(`client-${index + 1}`),
        },
        parent,
      );
    });
    this.registerOutputs({ application: this.id("application") });
  }

  /** @throws {Error} for a group of the exporters where there are none */
  id(group: Group): pulumi.Output<string> {
    const found = this.#groups[group];
    if (!found) throw new Error(`this stack has no group ${group}`);
    return found.id;
  }

  /** Both ends have to say it. */
  #rule(name: string, naming: Naming, from: Group, to: Group, port: number): void {
    const said = rule(port, `${from} to ${to}`);
    const [source, target] = [this.id(from), this.id(to)];
    const parent = { parent: this };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-${from}-to-${to}`,
      { ...said, securityGroupId: source, referencedSecurityGroupId: target, tags: naming.tags(`${from}-to-${to}`) },
      parent,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-${to}-from-${from}`,
      { ...said, securityGroupId: target, referencedSecurityGroupId: source, tags: naming.tags(`${to}-from-${from}`) },
      parent,
    );
  }
}

const rule = (port: number, description: string) => ({ ipProtocol: "tcp", fromPort: port, toPort: port, description });
