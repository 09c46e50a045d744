import assert from "node:assert/strict";
import { test } from "node:test";
import { type Planned, planStack } from "../support/planned-stack.ts";

const { resources: production, outputs } = await planStack("production");
const plain = (
  await planStack("production", (config) => {
    config.aws = { ...config.aws, exporters: false } as unknown as Record<string, unknown>;
  })
).resources;
const proxy = (
  await planStack("production", (config) => {
    config.aws = { ...config.aws, pooler: { kind: "rds-proxy" } };
  })
).resources;
const replicated = (
  await planStack("production", (config) => {
    config.aws = {
      ...config.aws,
      network: { vpc: "vpc-given", subnets: ["subnet-a", "subnet-b"], route_tables: ["rtb-given"] },
      database: { replicas: 2, master_password: "generated", instance_class: "db.r7g.xlarge" },
      backups: { lock: "compliance", copy_region: "eu-west-1" },
      alarms: { emails: ["oncall@example.org"] },
    };
  })
).resources;

const of = (resources: Planned[], type: string) => resources.filter((resource) => resource.type === type);

/** Who may reach whom, read from the rules alone: "from → to : port". */
function reaches(resources: Planned[], direction: "Ingress" | "Egress"): string[] {
  return of(resources, `aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`)
    .map(({ props }) => {
      const [own, other] = [props.securityGroupId, props.referencedSecurityGroupId ?? props.prefixListId];
      const [from, to] = direction === "Ingress" ? [other, own] : [own, other];
      assert.equal(props.fromPort, props.toPort);
      assert.equal(props.ipProtocol, "tcp");
      return `${from} → ${to} : ${props.toPort}`.replaceAll(/groups-|-id/g, "");
    })
    .sort();
}

test("the application reaches the pooler, the pooler the database, and nobody anything else", () => {
  const inside = [
    "application → balancer : 6432",
    "balancer → pooler : 6432",
    "exporters → database : 5432",
    "exporters → endpoints : 443",
    "ops → balancer : 6432",
    "ops → database : 5432",
    "ops → drill : 5432",
    "ops → endpoints : 443",
    "pooler → database : 5432",
    "pooler → endpoints : 443",
    "scraper → exporters : 9187",
    "scraper → ops : 9188",
    "scraper → pooler : 9127",
  ];
  assert.deepEqual(reaches(production, "Ingress"), inside);
  const images = ["exporters → pl-s3 : 443", "ops → pl-s3 : 443", "pooler → pl-s3 : 443"];
  assert.deepEqual(reaches(production, "Egress"), [...inside, ...images].sort());
  const without = reaches(plain, "Ingress");
  assert.deepEqual(
    without,
    inside.filter((rule) => !/scraper|exporters/.test(rule)),
  );
});

const containersOf = (resources: Planned[], task: string) =>
  JSON.parse(
    String(
      resources.find(({ type, name }) => /taskDefinition:/.test(type) && name === `${task}-definition`)?.props
        .containerDefinitions,
    ),
  ) as {
    name: string;
    essential: boolean;
    environment: { name: string }[];
    portMappings: { containerPort: number }[];
  }[];

test("each PgBouncer has its exporter beside it, PostgreSQL has one, and the outputs name both", () => {
  const pooler = containersOf(production, "pooler");
  assert.deepEqual(
    pooler.map(({ name, essential, portMappings }) => [
      name,
      essential,
      portMappings.map((port) => port.containerPort),
    ]),
    [
      ["pooler", true, [6432]],
      ["pgbouncer-exporter", false, [9127]],
    ],
  );
  const [postgres] = containersOf(production, "postgres-exporter");
  assert.deepEqual(
    postgres?.portMappings.map((port) => port.containerPort),
    [9187],
  );
  const registered = of(production, "aws:ecs/service:Service").map(({ name, props }) => [
    name,
    (props.serviceRegistries as { registryArn: string }).registryArn,
  ]);
  assert.deepEqual(Object.fromEntries(registered), {
    "pooler-service": "arn:pooler-name",
    "scheduler-service": "arn:scheduler-name",
    "postgres-exporter-service": "arn:postgres-exporter-name",
  });
  assert.deepEqual((outputs.monitoring as { exporters: object }).exporters, {
    postgres: "http://postgres-exporter.landfall-production.internal:9187/metrics",
    pgbouncer: "http://pooler.landfall-production.internal:9127/metrics",
    scheduler: "http://scheduler.landfall-production.internal:9188/metrics",
  });
});

test("without exporters nothing of them is there, and RDS Proxy has none of PgBouncer", () => {
  const names = plain.map(({ type, name }) => `${type} ${name}`).join("\n");
  assert.doesNotMatch(names, /exporter|scraper|servicediscovery|images-monitoring/);
  assert.deepEqual(
    containersOf(plain, "pooler").map(({ name }) => name),
    ["pooler"],
  );
  const rules = reaches(proxy, "Ingress");
  assert.ok(rules.includes("scraper → exporters : 9187") && !rules.some((rule) => /9127/.test(rule)));
});

test("RDS Proxy stands in the load balancer's place, and the application still does not reach the database", () => {
  const rules = reaches(proxy, "Ingress");
  assert.ok(rules.includes("application → balancer : 5432") && rules.includes("balancer → database : 5432"));
  assert.ok(!rules.some((rule) => rule.startsWith("application → database")));
  assert.ok(!of(proxy, "aws:ecs/service:Service").some(({ name }) => name === "pooler-service"));
  assert.equal(of(proxy, "aws:rds/proxy:Proxy").length, 1);
});

test("rules name groups, never addresses", () => {
  for (const resource of [...production, ...proxy, ...replicated]) {
    if (!/securityGroup(Ingress|Egress)Rule:/.test(resource.type)) continue;
    assert.ok(!("cidrIpv4" in resource.props || "cidrIpv6" in resource.props), resource.name);
  }
});

test("nothing is public: no internet gateway, no NAT, no public address, no public subnet", () => {
  for (const resources of [production, proxy, replicated]) {
    const types = resources.map(({ type }) => type).join("\n");
    assert.doesNotMatch(types, /internetGateway|natGateway|\beip\b|route:Route\b/);
    for (const { props } of of(resources, "aws:rds/instance:Instance")) assert.equal(props.publiclyAccessible, false);
    for (const { props } of of(resources, "aws:lb/loadBalancer:LoadBalancer")) assert.equal(props.internal, true);
    for (const { props } of of(resources, "aws:ec2/subnet:Subnet")) assert.equal(props.mapPublicIpOnLaunch, false);
    assert.doesNotMatch(JSON.stringify(resources), /"assignPublicIp":true/);
  }
});

test("each task may read its own secrets and no other's", () => {
  const secretsOf = (name: string) => {
    const policy = production.find(
      ({ type, name: found }) => /rolePolicy:/.test(type) && found === `${name}-start-policy`,
    );
    const { Statement } = JSON.parse(String(policy?.props.policy)) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    return Statement.find(({ Action }) => Action.includes("secretsmanager:GetSecretValue"))?.Resource;
  };
  assert.deepEqual(secretsOf("pooler"), ["arn:pooler-files"]);
  assert.deepEqual(secretsOf("roles"), ["arn:master-secret", "arn:roles-sql"]);
  assert.deepEqual(secretsOf("scheduler"), ["arn:schedule-outputs"]);
  assert.deepEqual(secretsOf("postgres-exporter"), ["arn:postgres-exporter-login"]);
});

test("the drill may delete what drills restore, and not the database", () => {
  const policy = production.find(({ name, type }) => name === "scheduler-task-policy" && /rolePolicy:/.test(type));
  const { Statement } = JSON.parse(String(policy?.props.policy)) as {
    Statement: { Action: string[]; Resource: string[] }[];
  };
  const deleting = Statement.filter(({ Action }) => Action.includes("rds:DeleteDBInstance"));
  assert.deepEqual(
    deleting.flatMap(({ Resource }) => Resource),
    ["arn:aws:rds:eu-central-1:123456789012:db:landfall-production-drill-*"],
  );
});

test("every alarm tells the topic, and says what to do", () => {
  for (const { name, props } of of(production, "aws:cloudwatch/metricAlarm:MetricAlarm")) {
    assert.deepEqual(props.alarmActions, ["arn:ground-alarms"], name);
    assert.match(String(props.alarmDescription), /[:;,.] ./, name);
  }
});

test("replicas share the parameters and groups of the source, are watched, and need a password that RDS does not manage", () => {
  const instances = of(replicated, "aws:rds/instance:Instance");
  assert.deepEqual(instances.map(({ name }) => name).sort(), ["database", "database-replica-1", "database-replica-2"]);
  for (const { props } of instances) assert.deepEqual(props.vpcSecurityGroupIds, ["groups-database-id"]);
  assert.ok(replicated.some(({ name }) => name === "monitoring-replica-2-lag"));
  assert.ok(replicated.some(({ name }) => name === "database-master-secret"));
});

test("a given VPC is used as it is", () => {
  assert.equal(of(replicated, "aws:ec2/vpc:Vpc").length + of(replicated, "aws:ec2/subnet:Subnet").length, 0);
  const [group] = of(replicated, "aws:rds/subnetGroup:SubnetGroup");
  assert.deepEqual(group?.props.subnetIds, ["subnet-a", "subnet-b"]);
});

test("snapshots are copied to the second region under a key of that region, and the lock cannot be undone", () => {
  const copy = replicated.find(({ type, name }) => type === "aws:backup/vault:Vault" && name === "backups-copy-vault");
  assert.deepEqual([copy?.props.region, copy?.props.kmsKeyArn], ["eu-west-1", "arn:backups-copy-key"]);
  const [lock] = of(replicated, "aws:backup/vaultLockConfiguration:VaultLockConfiguration");
  assert.deepEqual(lock?.props, {
    backupVaultName: "landfall-production",
    minRetentionDays: 7,
    maxRetentionDays: 35,
    changeableForDays: 3,
  });
});
