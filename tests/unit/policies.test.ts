import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkPolicies, rules } from "../../infra/policies/check.ts";
import { planStack } from "../support/planned-stack.ts";

const root = join(import.meta.dirname, "..", "..");

type Props = Record<string, unknown>;
interface Case {
  rule: string;
  type: string;
  /** A resource that the rule lets be, and the changes to it that it does not. */
  good: Props;
  bad: Record<string, Props>;
}

const tags = { Project: "p", Stack: "s", Tier: "production", ManagedBy: "landfall" };
const instance = "aws:rds/instance:Instance";
const database = {
  publiclyAccessible: false,
  storageEncrypted: true,
  kmsKeyId: "key",
  parameterGroupName: "group",
  backupRetentionPeriod: 7,
  skipFinalSnapshot: false,
  deletionProtection: true,
  multiAz: true,
  tags,
};
const policy = (statement: Props) => ({ policy: JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] }) });
const container = (environment: { name: string; value: string }[]) => ({
  containerDefinitions: JSON.stringify([{ name: "c", environment }]),
  tags,
});

const cases: Case[] = [
  { rule: "no-public-database", type: instance, good: database, bad: { public: { publiclyAccessible: true } } },
  {
    rule: "no-public-database",
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    good: { referencedSecurityGroupId: "sg", tags },
    bad: { "open to IPv4": { cidrIpv4: "0.0.0.0/0" }, "open to IPv6": { cidrIpv6: "::/0" } },
  },
  {
    rule: "no-public-database",
    type: "aws:lb/loadBalancer:LoadBalancer",
    good: { internal: true, tags },
    bad: { facing: { internal: false } },
  },
  {
    rule: "no-public-database",
    type: "aws:ec2/subnet:Subnet",
    good: { mapPublicIpOnLaunch: false, tags },
    bad: { public: { mapPublicIpOnLaunch: true } },
  },
  {
    rule: "no-public-database",
    type: "aws:ecs/service:Service",
    good: { networkConfiguration: { assignPublicIp: false }, tags },
    bad: { "public address": { networkConfiguration: { assignPublicIp: true } } },
  },
  {
    rule: "encryption-at-rest",
    type: instance,
    good: database,
    bad: { unencrypted: { storageEncrypted: false }, "AWS's own key": { kmsKeyId: undefined } },
  },
  {
    rule: "no-public-database",
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    good: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    bad: { "a public policy": { blockPublicPolicy: false }, "public by ACL": { ignorePublicAcls: undefined } },
  },
  {
    rule: "encryption-at-rest",
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    good: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "k" } }] },
    bad: { "AWS's own key": { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] } },
  },
  {
    rule: "backups",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    good: { versioningConfiguration: { status: "Enabled" } },
    bad: { "no versions": { versioningConfiguration: { status: "Suspended" } } },
  },
  {
    rule: "encryption-at-rest",
    type: "aws:secretsmanager/secret:Secret",
    good: { kmsKeyId: "k", tags },
    bad: { "AWS's own key": { kmsKeyId: "" } },
  },
  {
    rule: "encryption-at-rest",
    type: "aws:backup/vault:Vault",
    good: { kmsKeyArn: "k", tags },
    bad: { "AWS's own key": { kmsKeyArn: undefined } },
  },
  {
    rule: "encryption-at-rest",
    type: "aws:sns/topic:Topic",
    good: { kmsMasterKeyId: "k", tags },
    bad: { "no key": { kmsMasterKeyId: undefined } },
  },
  {
    rule: "encryption-in-transit",
    type: "aws:rds/parameterGroup:ParameterGroup",
    good: { parameters: [{ name: "rds.force_ssl", value: "1" }], tags },
    bad: {
      "TLS not forced": { parameters: [{ name: "rds.force_ssl", value: "0" }] },
      "no parameters": { parameters: [] },
    },
  },
  {
    rule: "encryption-in-transit",
    type: "aws:rds/proxy:Proxy",
    good: { requireTls: true, tags },
    bad: { "TLS not required": { requireTls: false } },
  },
  {
    rule: "backups",
    type: instance,
    good: database,
    bad: {
      "six days": { backupRetentionPeriod: 6 },
      none: { backupRetentionPeriod: 0 },
      "no final snapshot": { skipFinalSnapshot: true },
    },
  },
  {
    rule: "backups",
    type: "aws:backup/plan:Plan",
    good: { rules: [{ lifecycle: { deleteAfter: 7 } }], tags },
    bad: { "three days": { rules: [{ lifecycle: { deleteAfter: 3 } }] } },
  },
  {
    rule: "production",
    type: instance,
    good: database,
    bad: { "can be deleted": { deletionProtection: false }, "one zone": { multiAz: false } },
  },
  {
    rule: "no-wildcard-iam",
    type: "aws:iam/rolePolicy:RolePolicy",
    good: policy({ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::b/k"] }),
    bad: {
      "every action": policy({ Action: "*", Resource: "arn:x" }),
      "every action of a service": policy({ Action: ["rds:*"], Resource: "arn:x" }),
      "every resource": policy({ Action: ["rds:DeleteDBInstance"], Resource: ["*"] }),
      "every resource, beside what needs it": policy({
        Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"],
        Resource: "*",
      }),
    },
  },
  {
    rule: "no-plain-text-secret",
    type: "aws:ecs/taskDefinition:TaskDefinition",
    good: container([{ name: "PGHOST", value: "db" }]),
    bad: {
      "a password": container([{ name: "PGPASSWORD", value: "x" }]),
      "a URL with one": container([{ name: "DSN", value: "postgresql://app:x@db/app" }]),
    },
  },
  {
    rule: "tags",
    type: "aws:sns/topic:Topic",
    good: { kmsMasterKeyId: "k", tags },
    bad: { none: { tags: undefined }, "one missing": { tags: { ...tags, Stack: undefined } } },
  },
];

const violated = (type: string, props: Props) => checkPolicies([{ type, name: "r", props }]).map(({ rule }) => rule);

for (const { rule, type, good, bad } of cases) {
  test(`${rule}: a right ${type.split(":").at(-1)} is let be`, () => assert.deepEqual(violated(type, good), []));
  for (const [what, change] of Object.entries(bad)) {
    test(`${rule}: ${type.split(":").at(-1)}, ${what}`, () =>
      assert.ok(violated(type, { ...good, ...change }).includes(rule)));
  }
}

test("every refusal says what to set, and in which file; settings and files that it names exist", () => {
  const found = cases.flatMap(({ type, good, bad }) =>
    Object.values(bad).flatMap((change) => checkPolicies([{ type, name: "r", props: { ...good, ...change } }])),
  );
  assert.ok(found.length >= 26, `${found.length}`);
  const reference = readFileSync(join(root, "docs/reference/configuration.md"), "utf8");
  for (const { rule, hint } of found) {
    const [, setting] = hint.match(/^set landfall:aws (\S+) to .+ in stacks\/Pulumi\.\w+\.yaml$/) ?? [];
    if (setting) assert.ok(reference.includes(`| \`aws.${setting}\` |`), `${rule}: ${setting}`);
    else assert.match(hint, /infra\/targets\/aws/, rule);
    for (const [file] of hint.matchAll(/[\w-]+\.ts\b/g)) {
      assert.ok(existsSync(join(root, "infra/targets/aws", file)), `${rule}: ${file}`);
    }
  }
});

test("every rule has a case that fails it", (context) => {
  const failing = cases.reduce((sum, { bad }) => sum + Object.keys(bad).length, 0);
  context.diagnostic(`${rules.length} policies, ${cases.length} resources let be, ${failing} refused`);
  assert.deepEqual([...new Set(cases.map(({ rule }) => rule))].sort(), rules.map(({ name }) => name).sort());
});

test("staging may do without a standby and without protection, and not without encryption", () => {
  const staging = { ...database, tags: { ...tags, Tier: "staging" }, multiAz: false, deletionProtection: false };
  assert.deepEqual(violated(instance, staging), []);
  assert.deepEqual(violated(instance, { ...staging, storageEncrypted: false }), ["encryption-at-rest"]);
});

test("a resource without a tier is held to production's rules", () => {
  assert.ok(violated(instance, { ...database, tags: {}, multiAz: false }).includes("production"));
});

test("the token of ECR is allowed on everything, because AWS knows no resource for it", () => {
  const token = policy({ Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] });
  assert.deepEqual(violated("aws:iam/rolePolicy:RolePolicy", token), []);
});

for (const stack of ["production", "staging"]) {
  test(`${stack}, as it is planned, violates nothing`, async () => {
    assert.deepEqual(checkPolicies((await planStack(stack)).resources), []);
  });
}

test("a production stack that saves on its standby is caught", async () => {
  const { resources } = await planStack("production", (config) => {
    config.aws = { ...config.aws, database: { multi_az: false, backup_days: 3 } };
  });
  assert.deepEqual(
    checkPolicies(resources),
    [
      ["backups", "backupRetentionPeriod must be 7 or more", "database.backup_days to 7 or more"],
      ["production", "multiAz must be true in production", "database.multi_az to true"],
    ].map(([rule, problem, what]) => ({
      rule,
      resource: "aws:rds/instance:Instance database",
      problem,
      hint: `set landfall:aws ${what} in stacks/Pulumi.production.yaml`,
    })),
  );
});
