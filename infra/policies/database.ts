import { isProduction, isSet, ofType, type PolicyResource, type Rule, unknownValue } from "./rule.ts";

const instance = "aws:rds/instance:Instance";
const all =
  (...checks: Rule["check"][]): Rule["check"] =>
  (resource: PolicyResource) =>
    checks.flatMap((check) => check(resource));

const anywhere = new Set(["0.0.0.0/0", "::/0"]);
const openRule = (sentence: string) => (props: Record<string, unknown>) => ({
  [sentence]: !anywhere.has(String(props.cidrIpv4 ?? "")) && !anywhere.has(String(props.cidrIpv6 ?? "")),
});

/** Rules about the database and the way to it. */
export const databaseRules: Rule[] = [
  {
    name: "no-public-database",
    description: "Neither the database nor the pooler can be reached from the internet",
    check: all(
      ofType(instance, ({ publiclyAccessible }) => ({
        "publiclyAccessible must be false: nobody outside the VPC has a reason to reach the database":
          publiclyAccessible === false,
      })),
      ofType(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        openRule("a rule must name a security group, not the whole internet"),
      ),
      ofType("aws:ec2/securityGroup:SecurityGroup", ({ ingress }) => ({
        "rules belong into resources of their own, where they can be checked": !isSet(ingress),
      })),
      ofType("aws:lb/loadBalancer:LoadBalancer", ({ internal }) => ({
        "internal must be true: the pooler is for the VPC only": internal === true,
      })),
      ofType("aws:ec2/subnet:Subnet", ({ mapPublicIpOnLaunch }) => ({
        "mapPublicIpOnLaunch must be false": mapPublicIpOnLaunch !== true,
      })),
      ofType("aws:ecs/service:Service", ({ networkConfiguration }) => ({
        "assignPublicIp must be false": !(networkConfiguration as { assignPublicIp?: boolean } | undefined)
          ?.assignPublicIp,
      })),
    ),
  },
  {
    name: "encryption-at-rest",
    description: "What holds data is encrypted with the stack's own key",
    check: all(
      ofType(instance, ({ storageEncrypted, kmsKeyId }) => ({
        "storageEncrypted must be true; it cannot be turned on later": storageEncrypted === true,
        "kmsKeyId must name the stack's key": isSet(kmsKeyId),
      })),
      ofType("aws:secretsmanager/secret:Secret", ({ kmsKeyId }) => ({
        "kmsKeyId must name the stack's key": isSet(kmsKeyId),
      })),
      ofType("aws:backup/vault:Vault", ({ kmsKeyArn }) => ({
        "kmsKeyArn must name the stack's key": isSet(kmsKeyArn),
      })),
      ofType("aws:sns/topic:Topic", ({ kmsMasterKeyId }) => ({
        "kmsMasterKeyId must name the stack's key": isSet(kmsMasterKeyId),
      })),
    ),
  },
  {
    name: "encryption-in-transit",
    description: "The database and the proxy speak TLS only",
    check: all(
      ofType("aws:rds/parameterGroup:ParameterGroup", ({ parameters }) => ({
        "rds.force_ssl must be 1: without it a client may send its password in clear": forcesTls(parameters),
      })),
      ofType(instance, ({ parameterGroupName }) => ({
        "parameterGroupName must name the stack's group, which demands TLS": isSet(parameterGroupName),
      })),
      ofType("aws:rds/proxy:Proxy", ({ requireTls }) => ({ "requireTls must be true": requireTls === true })),
    ),
  },
  {
    name: "backups",
    description: "Any moment of the last 7 days can be restored, and a deleted database leaves a snapshot",
    check: all(
      ofType(instance, ({ replicateSourceDb, backupRetentionPeriod, skipFinalSnapshot, ...props }) => ({
        "backupRetentionPeriod must be 7 or more": isSet(replicateSourceDb) || Number(backupRetentionPeriod) >= 7,
        "skipFinalSnapshot must be false in production":
          isSet(replicateSourceDb) || !isProduction(props) || skipFinalSnapshot === false,
      })),
      ofType("aws:backup/plan:Plan", ({ rules }) => ({
        "each rule must keep its snapshots for 7 days or more": keepsLongEnough(rules),
      })),
    ),
  },
  {
    name: "production",
    description: "In production the database cannot be deleted by a slip, and outlives a zone",
    check: ofType(instance, ({ replicateSourceDb, deletionProtection, multiAz, ...props }) => ({
      "deletionProtection must be true in production": !isProduction(props) || deletionProtection === true,
      "multiAz must be true in production": isSet(replicateSourceDb) || !isProduction(props) || multiAz === true,
    })),
  },
];

function forcesTls(parameters: unknown): boolean {
  if (parameters === unknownValue) return true;
  const list = (parameters ?? []) as { name: string; value: string }[];
  return list.some(({ name, value }) => name === "rds.force_ssl" && value === "1");
}

function keepsLongEnough(rules: unknown): boolean {
  if (rules === unknownValue) return true;
  const list = (rules ?? []) as { lifecycle?: { deleteAfter?: number } }[];
  return list.every(({ lifecycle }) => lifecycle?.deleteAfter === undefined || lifecycle.deleteAfter >= 7);
}
