import {
  all,
  demand,
  inConfig,
  inProgram,
  isProduction,
  isSet,
  ofType,
  type PolicyResource,
  type Rule,
  unknownValue,
} from "./rule.ts";

const instance = "aws:rds/instance:Instance";
const publicDoors = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const anywhere = new Set(["0.0.0.0/0", "::/0"]);

/** A demand that a key of the stack's own is named. */
const ownKey = (type: string, property: string, file: string): Rule["check"] =>
  ofType(type, (props) => [
    demand(
      isSet(props[property]),
      `${property} must name the stack's key`,
      inProgram(file, `${property}: ground.key.arn`),
    ),
  ]);

/** Rules about the database and the way to it. */
export const databaseRules: Rule[] = [
  {
    name: "no-public-database",
    description: "Neither the database nor the pooler can be reached from the internet",
    check: all(
      ofType(instance, ({ publiclyAccessible }) => [
        demand(
          publiclyAccessible === false,
          "publiclyAccessible must be false: nobody outside the VPC has a reason to reach the database",
          inProgram("database.ts", "publiclyAccessible: false"),
        ),
      ]),
      ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ({ cidrIpv4, cidrIpv6 }) => [
        demand(
          !anywhere.has(String(cidrIpv4 ?? "")) && !anywhere.has(String(cidrIpv6 ?? "")),
          "a rule must name a security group, not the whole internet",
          inProgram("groups.ts", "referencedSecurityGroupId instead of an address"),
        ),
      ]),
      ofType("aws:ec2/securityGroup:SecurityGroup", ({ ingress }) => [
        demand(
          !isSet(ingress),
          "rules belong into resources of their own, where they can be checked",
          inProgram("groups.ts", "no ingress on the group, and a line in reaches"),
        ),
      ]),
      ofType("aws:lb/loadBalancer:LoadBalancer", ({ internal }) => [
        demand(
          internal === true,
          "internal must be true: the pooler is for the VPC only",
          inProgram("pooler.ts", "internal: true"),
        ),
      ]),
      ofType("aws:ec2/subnet:Subnet", ({ mapPublicIpOnLaunch }) => [
        demand(
          mapPublicIpOnLaunch !== true,
          "mapPublicIpOnLaunch must be false",
          inProgram("network.ts", "mapPublicIpOnLaunch: false"),
        ),
      ]),
      ofType("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", (props) => [
        demand(
          publicDoors.every((door) => props[door] === true),
          `${publicDoors.join(", ")} must be true: evidence of drills is nobody else's business`,
          inProgram("records.ts", "each of the four to true"),
        ),
      ]),
      ofType("aws:ecs/service:Service", ({ networkConfiguration }) => [
        demand(
          !(networkConfiguration as { assignPublicIp?: boolean } | undefined)?.assignPublicIp,
          "assignPublicIp must be false",
          inProgram("pooler.ts, exporters.ts or schedule.ts", "assignPublicIp: false"),
        ),
      ]),
    ),
  },
  {
    name: "encryption-at-rest",
    description: "What holds data is encrypted with the stack's own key",
    check: all(
      ofType(instance, ({ storageEncrypted }) => [
        demand(
          storageEncrypted === true,
          "storageEncrypted must be true; it cannot be turned on later",
          inProgram("database.ts", "storageEncrypted: true"),
        ),
      ]),
      ownKey(instance, "kmsKeyId", "database.ts"),
      ownKey("aws:secretsmanager/secret:Secret", "kmsKeyId", "secrets.ts"),
      ownKey("aws:backup/vault:Vault", "kmsKeyArn", "backups.ts"),
      ownKey("aws:sns/topic:Topic", "kmsMasterKeyId", "ground.ts"),
      ofType("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", ({ rules }) => [
        demand(
          encryptsWithOwnKey(rules),
          "kmsMasterKeyId must name the stack's key",
          inProgram("records.ts", "kmsMasterKeyId: ground.key.arn"),
        ),
      ]),
    ),
  },
  {
    name: "encryption-in-transit",
    description: "The database and the proxy speak TLS only",
    check: all(
      ofType("aws:rds/parameterGroup:ParameterGroup", ({ parameters }) => [
        demand(
          forcesTls(parameters),
          "rds.force_ssl must be 1: without it a client may send its password in clear",
          inProgram("parameter-group.ts", '"rds.force_ssl": "1"'),
        ),
      ]),
      ofType(instance, ({ parameterGroupName }) => [
        demand(
          isSet(parameterGroupName),
          "parameterGroupName must name the stack's group, which demands TLS",
          inProgram("database.ts", "parameterGroupName: this.parameterGroup.name"),
        ),
      ]),
      ofType("aws:rds/proxy:Proxy", ({ requireTls }) => [
        demand(requireTls === true, "requireTls must be true", inProgram("rds-proxy.ts", "requireTls: true")),
      ]),
    ),
  },
  {
    name: "backups",
    description: "Any moment of the last 7 days can be restored, and what is deleted or written over can be had back",
    check: all(
      ofType("aws:s3/bucketVersioning:BucketVersioning", ({ versioningConfiguration }) => [
        demand(
          (versioningConfiguration as { status?: string } | undefined)?.status === "Enabled",
          "versioningConfiguration.status must be Enabled",
          inProgram("records.ts", 'status: "Enabled"'),
        ),
      ]),
      ofType(instance, (props) => [
        demand(
          isReplica(props) || Number(props.backupRetentionPeriod) >= 7,
          "backupRetentionPeriod must be 7 or more",
          inConfig(props, "database.backup_days", "7 or more"),
        ),
        demand(
          isReplica(props) || !isProduction(props) || props.skipFinalSnapshot === false,
          "skipFinalSnapshot must be false in production",
          inConfig(props, "database.final_snapshot", "true"),
        ),
      ]),
      ofType("aws:backup/plan:Plan", (props) => [
        demand(
          keepsLongEnough(props.rules),
          "each rule must keep its snapshots for 7 days or more",
          inConfig(props, "backups.vault_days", "7 or more"),
        ),
      ]),
    ),
  },
  {
    name: "production",
    description: "In production the database cannot be deleted by a slip, and outlives a zone",
    check: ofType(instance, (props) => [
      demand(
        !isProduction(props) || props.deletionProtection === true,
        "deletionProtection must be true in production",
        inConfig(props, "database.deletion_protection", "true"),
      ),
      demand(
        isReplica(props) || !isProduction(props) || props.multiAz === true,
        "multiAz must be true in production",
        inConfig(props, "database.multi_az", "true"),
      ),
    ]),
  },
];

const isReplica = ({ replicateSourceDb }: PolicyResource["props"]): boolean => isSet(replicateSourceDb);

function forcesTls(parameters: unknown): boolean {
  if (parameters === unknownValue) return true;
  const list = (parameters ?? []) as { name: string; value: string }[];
  return list.some(({ name, value }) => name === "rds.force_ssl" && value === "1");
}

function encryptsWithOwnKey(rules: unknown): boolean {
  if (rules === unknownValue) return true;
  const list = (rules ?? []) as {
    applyServerSideEncryptionByDefault?: { sseAlgorithm?: unknown; kmsMasterKeyId?: unknown };
  }[];
  return list.some(
    ({ applyServerSideEncryptionByDefault: by }) => by?.sseAlgorithm === "aws:kms" && isSet(by.kmsMasterKeyId),
  );
}

function keepsLongEnough(rules: unknown): boolean {
  if (rules === unknownValue) return true;
  const list = (rules ?? []) as { lifecycle?: { deleteAfter?: number } }[];
  return list.every(({ lifecycle }) => lifecycle?.deleteAfter === undefined || lifecycle.deleteAfter >= 7);
}
